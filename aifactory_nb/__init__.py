"""JupyterLab as an AI factory: notebooks are the stages, gates guard them, the loop closes itself."""

__version__ = "0.1.0"
