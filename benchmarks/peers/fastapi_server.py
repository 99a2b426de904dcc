"""An export of images behind plain FastAPI. Run by benchmarks/serving_peers.py.

    python benchmarks/peers/fastapi_server.py EXPORT PORT

Written as its documentation shows for code that blocks: a function without async, which runs in a pool of threads. POST
/predict with {"inputs": [IMAGE IN BASE64]} answers with the labels of the export.
"""

import base64
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from ghep.export.runtime import load

predictor, app = load(sys.argv[1]), FastAPI()


class Asked(BaseModel):
    inputs: list[str]


@app.post("/predict")
def predict(asked: Asked) -> dict[str, Any]:
    (one,) = predictor.predict([base64.b64decode(asked.inputs[0])])
    return {"predictions": [{"label": one.label, "probability": one.probability, "probabilities": one.probabilities}]}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)
