"""What a Pi or gateway runs: samples in over MQTT, alerts and advice out."""
