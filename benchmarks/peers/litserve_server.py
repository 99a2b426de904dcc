"""An export of images behind LitServe. Run by benchmarks/serving_peers.py.

    python benchmarks/peers/litserve_server.py EXPORT PORT

With the batching of its documentation (max_batch_size, batch_timeout), and one worker, because a model uses all cores.
POST /predict with {"inputs": [IMAGE IN BASE64]} answers with the labels of the export.
"""

import base64
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import litserve

BATCH, WAIT = 8, 0.005


class Api(litserve.LitAPI):
    def setup(self, device: str) -> None:  # noqa: ARG002
        from ghep.export.runtime import load

        self.predictor = load(sys.argv[1])

    def decode_request(self, request: dict[str, Any]) -> bytes:
        return base64.b64decode(request["inputs"][0])

    def batch(self, inputs: list[bytes]) -> list[bytes]:
        return list(inputs)

    def predict(self, raws: list[bytes]) -> list[dict[str, Any]]:
        found = self.predictor.predict(raws)
        return [
            {"label": one.label, "probability": one.probability, "probabilities": one.probabilities} for one in found
        ]

    def unbatch(self, output: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return output

    def encode_response(self, output: dict[str, Any]) -> dict[str, Any]:
        return {"predictions": [output]}


if __name__ == "__main__":
    server = litserve.LitServer(
        Api(max_batch_size=BATCH, batch_timeout=WAIT), accelerator="cpu", workers_per_device=1, timeout=60
    )
    server.run(
        host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", generate_client_file=False, num_api_servers=1
    )
