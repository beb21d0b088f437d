"""JupyterLab as an AI factory: notebooks are the stages, gates guard them, the loop closes itself."""

__version__ = "0.1.0"


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Where a Jupyter server finds the workbench."""
    return [{"module": "aifactory_nb.server"}]


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where the built JupyterLab extension lies, and the name it is installed under."""
    return [{"src": "labextension", "dest": "aifactory-nb"}]
