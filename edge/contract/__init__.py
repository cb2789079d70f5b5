"""The shared words: samples, alerts, advice, topics, codes, bundles, errors."""
