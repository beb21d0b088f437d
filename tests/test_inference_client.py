"""The Open Inference Protocol by the client library of Triton, as it comes."""

import json

import numpy as np
import pytest
from served_process import Server, rows_body
from tritonclient.http import InferenceServerClient, InferInput
from tritonclient.utils import InferenceServerException

from aifactory_nb.settings import Settings


def tensor(name: str, datatype: str, values: list, binary: bool) -> InferInput:
    """A column of rows without nulls, as the client sends it."""
    kinds = {"BYTES": np.object_, "BOOL": np.bool_, "FP64": np.float64, "INT64": np.int64}
    given = InferInput(name, [len(values)], datatype)
    given.set_data_from_numpy(np.array(values, dtype=kinds[datatype]), binary_data=binary)
    return given


@pytest.mark.parametrize("binary", [False, True])
def test_a_client_of_triton_gets_what_rows_get(settings: Settings, binary: bool) -> None:
    """It asks for health and metadata, builds its tensors from them, and reads the answers; numbers in JSON or in bytes."""
    body = rows_body(settings)
    server = Server(settings)
    try:
        client = InferenceServerClient(f"127.0.0.1:{server.port}")
        headers = {"Authorization": f"Bearer {server.token}"}
        assert client.is_server_live(headers) and client.is_server_ready(headers)
        assert client.is_model_ready("shop", headers=headers)
        announced = client.get_model_metadata("shop", headers=headers)
        rows = json.loads(body)["rows"]
        inputs = [
            tensor(
                column["name"], column["datatype"], [row[column["name"]] for row in rows], binary
            )
            for column in announced["inputs"]
            if all(row[column["name"]] is not None for row in rows)
        ]
        assert len(inputs) == len(announced["inputs"])
        answer = client.infer("shop", inputs, headers=headers, request_id="mine")
        _, expected = server.predict(server.client(), body)
        with pytest.raises(InferenceServerException, match="expected a column|no such column"):
            client.infer("shop", inputs[1:], headers=headers)
        with pytest.raises(InferenceServerException, match="401"):
            client.infer("shop", inputs)
        client.close()
    finally:
        server.end()

    assert answer.get_response()["id"] == "mine"
    assert answer.get_response()["model_version"] == str(expected["version"])
    assert answer.as_numpy("prediction").tolist() == [
        told["prediction"] for told in expected["predictions"]
    ]
