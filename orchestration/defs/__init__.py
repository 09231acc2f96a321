"""The components of this code location, each a folder with a defs.yaml."""
