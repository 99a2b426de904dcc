"""The routes of the page at ``/``: the form, its answers, its files, and where in a photo the model looked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ghep.data.text.loader import TextPair
from ghep.errors import BadExample, ConfigError, RequestError
from ghep.serve.answers import predictions_json
from ghep.serve.asking import answers_to, body_of
from ghep.serve.facts import Facts, facts_of
from ghep.serve.inputs import Input, inputs_of
from ghep.serve.page import Asset, assets, loading_html, page_html
from ghep.serve.problems import problem_of
from ghep.serve.service import Service
from ghep.serve.where import Where, can_explain

HTML = "text/html; charset=utf-8"
MOST_EXPLAINING = 4
"""Maps that are computed or wait, one at a time: each takes as long as many predictions."""


def routes(service: Service) -> list[Route]:
    """Return the routes of the page. What it shows of the model is read when it is first asked for."""
    known: list[tuple[Facts, Where | None]] = []

    def shown() -> tuple[Facts, Where | None]:
        if not known:
            known.append(_shown(service))
        return known[0]

    async def form(_: Request) -> Response:
        if service.batcher is None:
            return Response(loading_html(service.identity.name), 503, {"refresh": "1"}, media_type=HTML)
        return Response(page_html(shown()[0]), media_type=HTML)

    async def answer(request: Request) -> Response:
        facts, _ = shown()
        try:
            async with body_of(request, service) as body:
                batcher = service.model()
                content_type = request.headers.get("content-type", "")
                inputs = inputs_of(body, content_type, batcher.kind, most=service.options.files)
                answers = await answers_to(request, inputs, service)
        except RequestError as error:
            request.scope["log"]["reason"] = error.code
            html = page_html(facts, problem=problem_of(error))
            return Response(html, error.status, error.headers, media_type=HTML)
        found = {
            "predictions": predictions_json(
                inputs, answers, batcher.predictor.tasks, judged=batcher.abstain is not None
            )
        }
        texts = [_text(one) for one in inputs] if facts.modality == "text" else []
        return Response(page_html(facts, answer=found, texts=texts), media_type=HTML)

    async def explain(request: Request) -> Response:
        _, where = shown()
        if where is None:
            raise RequestError(404, "serve-explains-not")
        if service.explaining >= MOST_EXPLAINING:
            raise RequestError(503, "serve-explains-others", headers={"retry-after": "2"}, limit=MOST_EXPLAINING)
        async with service.one_explanation(), body_of(request, service) as body:
            content_type = request.headers.get("content-type", "")
            photo = inputs_of(body, content_type, service.model().kind, most=1)[0].raw
            asked = {name: request.query_params.get(name) or None for name in ("task", "label")}
            try:
                png = await run_in_threadpool(where.png, photo, **asked)
            except (BadExample, ConfigError) as error:
                raise RequestError(422, "serve-explain-failed", detail=error.cause) from None
        return Response(png, media_type="image/png")

    return [
        Route("/", form, methods=["GET"]),
        Route("/", answer, methods=["POST"]),
        Route("/explain", explain, methods=["POST"]),
        *(Route(path, _file(asset), methods=["GET"]) for path, asset in assets().items()),
    ]


def _shown(service: Service) -> tuple[Facts, Where | None]:
    """Return what the page shows of the model that is served; raise RequestError (503) while it is loading."""
    batcher, options, folder = service.model(), service.options, service.folder
    predictor = batcher.predictor
    explains = folder is not None and can_explain(folder, predictor.modality)
    where = Where(folder, batcher.budget) if folder is not None and explains else None
    facts = facts_of(
        predictor,
        name=service.identity.name,
        version=service.identity.version,
        card=_card(folder),
        explains=where is not None,
        most_bytes=options.max_body,
        most_inputs=options.files,
        most_characters=options.max_characters,
    )
    return facts, where


def _card(folder: Path | None) -> str:
    """Return the model card of a bundle or export; empty if there is none."""
    path = None if folder is None else folder / "README.md"
    return path.read_text(encoding="utf-8", errors="replace") if path is not None and path.is_file() else ""


def _text(one: Input) -> str:
    """Return a text as the page shows it: of a pair, both."""
    raw = one.raw
    if isinstance(raw, TextPair):
        return f"{raw.first} | {raw.second}"
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)


def _file(asset: Asset) -> Callable[[Request], Awaitable[Response]]:
    async def get(_: Request) -> Response:
        return Response(asset.content, media_type=asset.media_type)

    return get
