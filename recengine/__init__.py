"""recengine: train, inspect and explain recommenders. Importing it loads no heavy library."""

__version__ = "0.1.0"
