"""What an attack looks like: the page, the figures, the files and the values of a ``Record``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ghep.display import html
from ghep.display.figure import NotebookFigure, painted
from ghep.display.html import visible
from ghep.display.look import MUTED, SERIES
from ghep.errors import ConfigError
from ghep.explanation.attack.attack_options import LOSSY, written_bound
from ghep.explanation.attack.attack_record import Attacked, Record
from ghep.explanation.attack.curve import Point
from ghep.explanation.page import Page, PageFigure, Section, drawn, pictured, write_page
from ghep.messages import number_text, percent, text_of
from ghep.storage.text import write_json_atomic
from ghep.types import three

SHOWN = 8
"""Photos on the page; the files of all are in the folder."""
PANEL = 320
"""Pixels of a photo's longer side in a figure."""
GAP = 8
IMAGES = "images"


def saved(found: Record, folder: Path) -> Path:
    """Write page, figures, images, arrays and values into ``folder``; raise ConfigError if it has files already."""
    made_ready(folder, overwrite=found.options.overwrite)
    (folder / IMAGES).mkdir(parents=True, exist_ok=True)
    names = file_names([one.name for one in found.photos])
    arrays: dict[str, np.ndarray] = {}
    for name, one in zip(names, found.photos, strict=True):
        (folder / IMAGES / f"{name}.png").write_bytes(one.png)
        arrays[f"{name}/original"], arrays[f"{name}/changed"] = one.original, one.changed
    np.savez_compressed(folder / "arrays.npz", **arrays)  # type: ignore[arg-type]
    write_json_atomic(folder / "attack.json", as_json(found))
    return write_page(page_of(found), folder)


def made_ready(folder: Path, *, overwrite: bool) -> None:
    """Raise ConfigError for a folder that has files already, unless ``overwrite``, and for the name of a JPEG file."""
    if folder.suffix.lower() in LOSSY:
        raise ConfigError("attack-refused", wrong=[text_of("attack-out-lossy", suffix=folder.suffix)])
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not overwrite):
        raise ConfigError("attack-folder-used", folder=folder)


def file_names(names: Sequence[str]) -> list[str]:
    """Return a file name without suffix for each photo, all different."""
    plain = [re.sub(r"[^A-Za-z0-9._-]+", "-", Path(name).stem)[:60] or "photo" for name in names]
    return [one if plain.count(one) == 1 else f"{place:03d}-{one}" for place, one in enumerate(plain)]


def as_json(found: Record) -> dict[str, Any]:
    """Return the results as plain values, without pixels."""
    files = file_names([one.name for one in found.photos])
    return {
        "model": found.model,
        "targets": list(found.targets),
        "options": asdict(found.options),
        "bound": found.options.levels / 255,
        "n": len(found.photos),
        "reached": found.reached,
        "share": found.reached / len(found.photos),
        "interval": [found.interval.low, found.interval.high],
        "cpu_seconds": found.cpu_seconds,
        "smallest_levels": found.smallest,
        "photos": [
            {
                "name": one.name,
                "file": f"{IMAGES}/{file}.png",
                "before": asdict(one.before),
                "after": asdict(one.after),
                "reached": one.reached,
                "largest_change_levels": one.bound,
                "distance": one.distance,
                "passes": one.passes,
                "smallest_levels": one.smallest,
            }
            for file, one in zip(files, found.photos, strict=True)
        ],
        "curve": [
            {
                "levels": one.bound,
                "n": one.n,
                "reached": one.count,
                "low": one.interval.low,
                "high": one.interval.high,
                "single_step": one.single,
                "noise": one.noise,
            }
            for one in found.points
        ],
        "gradients": None if found.checked is None else {**asdict(found.checked), "findings": None},
        "transfer": None if found.transferred is None else asdict(found.transferred),
        "findings": [asdict(one) for one in found.findings],
    }


def lead_of(found: Record) -> str:
    """Return the result in one sentence."""
    shares = {
        "low": number_text(100 * found.interval.low, ".0f"),
        "high": number_text(100 * found.interval.high, ".0f"),
    }
    far = "-" if found.distance is None else three(found.distance)
    how = text_of("attack-within", bound=written_bound(found.options.levels))
    if found.options.method == "cw":
        how = text_of("attack-at-distance", distance=far)
    counts = {"reached": found.reached, "n": len(found.photos), "how": how, **shares}
    if found.targets:
        return text_of("attack-lead-targeted", labels=list(found.targets), **counts)
    return text_of("attack-lead-untargeted", **counts)


def notes_of(found: Record) -> list[str]:
    """Return what else was measured, a sentence each."""
    seconds = found.cpu_seconds / len(found.photos)
    notes = [text_of("attack-note-cost", seconds=number_text(seconds, ".1f"))]
    if found.points:
        n = found.points[0].n
        if found.smallest is not None:
            notes.append(text_of("attack-note-smallest", bound=f"{found.smallest:g}/255", n=n))
        full = next((one for one in found.points if one.count == one.n), None)
        if full is not None:
            notes.append(text_of("attack-note-all", bound=written_bound(full.bound), n=n))
        notes.append(
            text_of("attack-note-noise", noise=found.points[-1].noise, n=n, bound=written_bound(found.points[-1].bound))
        )
    if found.checked is not None and not found.checked.findings:
        notes.append(text_of("attack-note-gradients", n=found.checked.n))
    return notes


def page_of(found: Record) -> Page:
    """Return the page."""
    shown = found.photos[:SHOWN]
    names = file_names([one.name for one in found.photos])
    titles = [text_of("attack-photo", name=Path(one.name).name, before=one.before.label) for one in shown]
    figures = [
        _photo_figure(f"photo-{name}", title, one) for name, title, one in zip(names, titles, shown, strict=False)
    ]
    sections = [
        Section(
            text_of("attack-section-photos"),
            [text_of("attack-photos-cut", shown=len(shown), n=len(found.photos), folder=IMAGES)]
            if len(shown) < len(found.photos)
            else [],
            figures,
            _header(),
            [_row(one) for one in found.photos],
            [4, 5],
            text_of("attack-caveat-bound"),
        )
    ]
    if found.points:
        sections.append(
            Section(
                text_of("attack-section-curve"),
                [],
                [
                    drawn(
                        "curve",
                        text_of("attack-curve-title"),
                        text_of("attack-curve-caption", n=found.points[0].n),
                        curve_figure(found.points),
                    )
                ],
                _curve_header(),
                [_point_row(one) for one in found.points],
                [1, 2, 3, 4],
                text_of("attack-caveat-curve"),
            )
        )
    if found.checked is not None:
        sections.append(_gradients(found))
    if found.transferred is not None:
        sections.append(_transfer(found))
    options = found.options
    subtitle = text_of(
        "attack-subtitle",
        model=found.model,
        method=options.method,
        steps=options.steps,
        restarts=options.restarts,
        seed=options.seed,
    )
    return Page(text_of("attack-title"), subtitle, lead_of(found), notes_of(found), found.findings, sections)


def plotted(found: Record) -> NotebookFigure:
    """Return one figure: for up to four photos, the photo, the changed image and their difference."""
    shown = found.photos[:4]
    panels = [_panels(one) for one in shown]

    def paint(figure: Any) -> None:
        edges = {"left": 0.01, "right": 0.99, "bottom": 0.01, "top": 1 - 0.1 / len(shown), "wspace": 0.03}
        axes = figure.subplots(len(shown), 3, squeeze=False, gridspec_kw=edges)
        for row, one, images in zip(axes, shown, panels, strict=True):
            titles = (_said(one.before), _said(one.after), text_of("attack-panel-difference", factor=_factor(one)))
            for axis, image, title in zip(row, images, titles, strict=True):
                axis.imshow(image)
                axis.set_title(visible(title))
                axis.set_axis_off()

    return painted(lead_of(found), (8.0, 2.9 * len(shown)), paint, name="attack")


def as_html(found: Record) -> str:
    """Return the result as a notebook shows it."""
    header = _header()
    return html.frame(
        html.heading(lead_of(found)),
        html.bullets(notes_of(found)),
        *(html.note(one.severity, one.code, one.message, one.remedy, one.items) for one in found.findings),
        html.table(header, [_row(one) for one in found.photos[:20]], numbers=(4, 5)),
    )


def curve_figure(points: Sequence[Point]) -> NotebookFigure:
    """Return the shares over the bound, with Wilson's interval, and the lines of one step and of random noise."""
    bounds = [one.bound for one in points]
    places = range(len(points))

    def paint(figure: Any) -> None:
        axis = figure.subplots(gridspec_kw={"left": 0.08, "right": 0.72, "bottom": 0.16, "top": 0.97})
        shares = [one.count / one.n for one in points]
        axis.fill_between(
            places,
            [one.interval.low for one in points],
            [one.interval.high for one in points],
            color=SERIES[0],
            alpha=0.18,
            lw=0,
        )
        axis.plot(places, shares, color=SERIES[0], marker="o", label=text_of("attack-line-pgd"))
        axis.plot(
            places,
            [one.single / one.n for one in points],
            color=SERIES[1],
            marker="s",
            ls="--",
            label=text_of("attack-line-single"),
        )
        axis.plot(
            places,
            [one.noise / one.n for one in points],
            color=MUTED,
            marker="x",
            ls=":",
            label=text_of("attack-line-noise"),
        )
        axis.set_xticks(list(places), [written_bound(one) for one in bounds])
        axis.set_ylim(-0.03, 1.03)
        axis.set_yticks([0, 0.25, 0.5, 0.75, 1], list(map(percent, (0, 0.25, 0.5, 0.75, 1))))
        axis.set_xlabel(text_of("attack-axis-bound"))
        axis.legend(frameon=False, loc="center left", bbox_to_anchor=(1.02, 0.5))

    return painted(text_of("attack-curve-title"), (7.6, 3.2), paint, name="attack-curve")


def _gradients(found: Record) -> Section:
    checked = found.checked
    assert checked is not None
    rows = [
        [text_of("attack-check-passes"), number_text(checked.difference, ".2g")],
        [text_of("attack-check-zero"), percent(checked.zero_share)],
        [text_of("attack-check-far"), f"{checked.far}/{checked.n}"],
        [text_of("attack-check-free"), f"{checked.gradient_free}/{checked.n - checked.far}"],
    ]
    said = text_of("attack-gradients-masked", n=checked.n)
    if not checked.findings:
        said = text_of("attack-note-gradients", n=checked.n)
    header = [text_of("attack-column-check"), text_of("attack-column-value")]
    return Section(
        text_of("attack-section-gradients"), [said], [], header, rows, [1], text_of("attack-caveat-gradients")
    )


def _transfer(found: Record) -> Section:
    moved = found.transferred
    assert moved is not None
    names = [Path(one).name.removesuffix(".safetensors") for one in moved.models]
    rows = []
    for place, name in enumerate([*names, text_of("attack-row-noise")]):
        cells = [f"{one}/{moved.n}" for one in moved.changed[place]]
        if moved.targeted:
            cells = [f"{cell} ({hit})" for cell, hit in zip(cells, moved.targeted[place], strict=True)]
        rows.append([name, *cells])
    said = text_of("attack-transfer-untargeted")
    if moved.targeted:
        said = text_of("attack-transfer-targeted", labels=list(found.targets))
    return Section(
        text_of("attack-section-transfer"),
        [said],
        [],
        [text_of("attack-column-made-for"), *names],
        rows,
        list(range(1, len(names) + 1)),
        text_of("attack-caveat-transfer"),
    )


def _photo_figure(name: str, title: str, one: Attacked) -> PageFigure:
    panels = _panels(one)
    width = sum(image.width for image in panels) + GAP * (len(panels) - 1)
    sheet = Image.new("RGB", (width, panels[0].height), "white")
    left = 0
    for image in panels:
        sheet.paste(image, (left, 0))
        left += image.width + GAP
    caption = text_of(
        "attack-photo-caption", before=_said(one.before), after=_said(one.after), change=one.bound, factor=_factor(one)
    )
    return pictured(name, title, caption, sheet, width=min(width, 900))


def _panels(one: Attacked) -> list[Image.Image]:
    """Return the photo, the changed image, and their difference around grey, all of one size."""
    changed = one.changed
    difference = changed.astype(np.int16) - one.original
    grey = np.clip(128 + difference * _factor(one), 0, 255).astype(np.uint8)
    images = [Image.fromarray(pixels) for pixels in (one.original, changed, grey)]
    scale = PANEL / max(images[0].size)
    size = (max(1, round(images[0].width * scale)), max(1, round(images[0].height * scale)))
    return [image.resize(size, Image.Resampling.NEAREST if scale > 1 else Image.Resampling.BOX) for image in images]


def _factor(one: Attacked) -> int:
    """Return by what the difference is multiplied, so that the largest change is just visible as black or white."""
    return max(1, 127 // max(1, one.bound))


def _said(answer: Any) -> str:
    return text_of("attack-said", label=answer.label or "-", percent=number_text(100 * answer.probability, ".1f"))


def _header() -> list[str]:
    return [
        text_of("attack-column-photo"),
        text_of("attack-column-before"),
        text_of("attack-column-after"),
        text_of("attack-column-reached"),
        text_of("attack-column-change"),
        text_of("attack-column-smallest"),
    ]


def _curve_header() -> list[str]:
    return [
        text_of("attack-column-bound"),
        text_of("attack-column-pgd"),
        text_of("attack-column-interval"),
        text_of("attack-column-single"),
        text_of("attack-column-noise"),
    ]


def _row(one: Attacked) -> list[str]:
    smallest = "" if one.smallest is None else written_bound(one.smallest)
    reached = text_of("attack-yes" if one.reached else "attack-no")
    return [Path(one.name).name, _said(one.before), _said(one.after), reached, written_bound(one.bound), smallest]


def _point_row(one: Point) -> list[str]:
    interval = one.interval
    return [
        written_bound(one.bound),
        f"{one.count}/{one.n}",
        f"{100 * interval.low:.0f} – {percent(interval.high)}",
        f"{one.single}/{one.n}",
        f"{one.noise}/{one.n}",
    ]
