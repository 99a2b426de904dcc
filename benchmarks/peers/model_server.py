"""The same export behind another server: plain FastAPI, or LitServe with batching. Run by benchmarks/serving_peers.py.

    python benchmarks/peers/model_server.py fastapi|litserve EXPORT PORT

Both answer POST /predict, whose body is one image file, with the labels of the export. FastAPI is used as its
documentation shows for blocking code (a function without async, which runs in a pool of threads); LitServe with the
batching of its documentation (max_batch_size, batch_timeout) and one worker, because the model uses all cores.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

BATCH, WAIT = 8, 0.005


def answers(predictor: Any, raws: list[bytes]) -> list[dict[str, Any]]:
    found = predictor.predict(raws)
    return [{"label": one.label, "probability": one.probability, "probabilities": one.probabilities} for one in found]


def fastapi_server(export: str, port: int) -> None:
    import uvicorn
    from fastapi import Body, FastAPI

    from ghep.export.runtime import load

    predictor, app = load(export), FastAPI()

    @app.post("/predict")
    def predict(body: bytes = Body(media_type="application/octet-stream")) -> dict[str, Any]:
        return {"predictions": answers(predictor, [body])}

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


def litserve_server(export: str, port: int) -> None:
    import litserve
    from fastapi import Request

    class Api(litserve.LitAPI):
        def setup(self, device: str) -> None:  # noqa: ARG002
            from ghep.export.runtime import load

            self.predictor = load(export)

        async def decode_request(self, request: Request) -> bytes:
            return await request.body()

        def batch(self, inputs: list[bytes]) -> list[bytes]:
            return list(inputs)

        def predict(self, raws: list[bytes]) -> list[dict[str, Any]]:
            return answers(self.predictor, raws)

        def unbatch(self, output: list[dict[str, Any]]) -> list[dict[str, Any]]:
            return output

        def encode_response(self, output: dict[str, Any]) -> dict[str, Any]:
            return {"predictions": [output]}

    api = Api(max_batch_size=BATCH, batch_timeout=WAIT)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=1, timeout=60)
    server.run(host="127.0.0.1", port=port, log_level="warning", generate_client_file=False, num_api_servers=1)


if __name__ == "__main__":
    os.environ.setdefault("LITSERVE_DISABLE_TELEMETRY", "1")
    name, export, port = sys.argv[1:]
    {"fastapi": fastapi_server, "litserve": litserve_server}[name](export, int(port))
