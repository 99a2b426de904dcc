"""The routes of the page at ``/``: a form that works without JavaScript, and the files of the page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ghep.display.html import element, together
from ghep.errors import RequestError
from ghep.messages import text_of
from ghep.serve.answers import predictions_json
from ghep.serve.asking import answers_to, body_of
from ghep.serve.inputs import inputs_of
from ghep.serve.problems import problem_of
from ghep.serve.service import Service


def routes(service: Service) -> list[Route]:
    """Return the routes of the page."""

    async def show(_: Request) -> Response:
        return Response(_page(service, ""), media_type="text/html")

    async def answer(request: Request) -> Response:
        try:
            async with body_of(request, service) as body:
                batcher = service.model()
                inputs = inputs_of(
                    body, request.headers.get("content-type", ""), batcher.kind, most=service.options.files
                )
                answers = await answers_to(request, inputs, service)
        except RequestError as error:
            said = problem_of(error)
            request.scope["log"]["reason"] = error.code
            return Response(_page(service, said["detail"]), error.status, error.headers, media_type="text/html")
        rows = predictions_json(inputs, answers, batcher.predictor.tasks)
        lines = [
            f"{row['input']}: {row['label']}"
            if row["problem"] is None
            else f"{row['input']}: {row['problem']['detail']}"
            for row in rows
        ]
        return Response(_page(service, *lines), media_type="text/html")

    return [Route("/", show, methods=["GET"]), Route("/", answer, methods=["POST"])]


def _page(service: Service, *lines: str) -> str:
    form = element(
        "form",
        element("input", type="file", name="file"),
        element("textarea", name="text"),
        element("button", text_of("serve-page-predict")),
        method="post",
        enctype="multipart/form-data",
    )
    body = together(element("h1", service.identity.name), form, *(element("p", line) for line in lines))
    return f"<!doctype html><html lang=en><meta charset=utf-8><title>ghep</title><body>{body}"
