"""The routes of a server, as an ASGI application."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp

from ghep.errors import BadExample
from ghep.serve import metrics, open_inference, openapi, page_routes
from ghep.serve.answers import predictions_json
from ghep.serve.asking import answers_to, body_of
from ghep.serve.gate import Gate
from ghep.serve.inputs import inputs_of
from ghep.serve.problems import MEDIA_TYPE, as_json, problem_of
from ghep.serve.service import Service


def application(service: Service) -> ASGIApp:
    """Return the ASGI application that answers for ``service``."""
    routes = [*_routes(service), *open_inference.routes(service)]
    return Gate(Router(routes, redirect_slashes=False), service)


def _routes(service: Service) -> list[Route]:
    async def predict(request: Request) -> Response:
        async with body_of(request, service) as body:
            batcher = service.model()
            content_type = request.headers.get("content-type", "")
            inputs = inputs_of(body, content_type, batcher.kind, most=service.options.files)
            answers = await answers_to(request, inputs, service)
        predictions = predictions_json(inputs, answers, batcher.predictor.tasks, judged=batcher.abstain is not None)
        first = answers[0]
        if isinstance(first, BadExample) and all(isinstance(one, BadExample) for one in answers):
            request.scope["log"]["reason"] = first.reason
            more = {"reason": first.reason, "predictions": predictions, "request_id": request.scope["request_id"]}
            said = problem_of(first, **more)
            return Response(as_json(said), 422, media_type=MEDIA_TYPE)
        return Response(
            as_json({"model": service.identity.to_json(), "predictions": predictions}), media_type="application/json"
        )

    async def healthz(_: Request) -> Response:
        return Response(as_json({"status": "alive"}), media_type="application/json")

    async def readyz(_: Request) -> Response:
        state = "ready" if service.ready else "draining" if service.draining else "loading"
        return Response(as_json({"status": state}), 200 if service.ready else 503, media_type="application/json")

    async def metrics_text(_: Request) -> Response:
        return Response(service.metrics.text(), headers={"content-type": metrics.MEDIA_TYPE})

    async def openapi_document(_: Request) -> Response:
        return Response(as_json(openapi.document(service)), media_type="application/json")

    return [
        Route("/predict", predict, methods=["POST"]),
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", metrics_text, methods=["GET"]),
        Route("/openapi.json", openapi_document, methods=["GET"]),
        *page_routes.routes(service),
    ]
