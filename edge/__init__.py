"""What a Pi or gateway runs: samples in over MQTT, alerts and advice out."""

# Stands here and not only in the package's metadata: reading those takes 3 MB of memory.
__version__ = "0.1.0"
