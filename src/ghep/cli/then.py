"""``ghep pretrain ... --then DATA``: judge the pretraining by a task."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ghep.comparison.planning.settings import settings_from
from ghep.comparison.pretraining.options import SHARED, ThenOptions, for_compare, then_settings
from ghep.errors import ConfigError, Interrupted
from ghep.messages import text_of
from ghep.reporter import Reporter
from ghep.setting import refusals, settings_of

if TYPE_CHECKING:
    from ghep.comparison.pretraining.benefit import Benefit
    from ghep.training.stop import StopRequest


def then_part(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings of the pretraining and those of ``--then``, from what the command line gave.

    Raises ConfigError for settings of ``--then`` without it, and for values that cannot be used.
    """
    from ghep.config import in_units

    known = then_settings()
    then = in_units({name: value for name, value in settings.items() if name in known}, known)
    rest = {name: value for name, value in settings.items() if name not in known}
    if then and "then" not in then:
        flags = [known[name].flag for name in then]
        raise ConfigError("benefit-without-then", flags=flags, count=len(flags))
    own = {name: settings_of(ThenOptions)[name] for name in ("then", "vectors", "scratch", "margin")}
    wrong = refusals(own, then)
    if wrong:
        raise ConfigError("compare-settings-refused", wrong=wrong)
    settings_from(**{name: value for name, value in for_compare(then).items() if name not in own})
    if "vectors" in then:
        from ghep.comparison.pretraining.before import refuse_missing

        refuse_missing(then["vectors"])
    return rest, {**then, SHARED: rest[SHARED]} if then and SHARED in rest else then


def held_back(then: Mapping[str, Any], *, photos: bool = False) -> tuple[Any, ...]:
    """Return the test texts of the task, or its test photos (``photos``); empty without ``--then``.

    Raises ConfigError for a task of the other kind.
    """
    if "then" not in then:
        return ()
    from ghep.comparison.pretraining.benefit import held_back_photos, held_back_texts

    found = (held_back_photos if photos else held_back_texts)(then["then"], **for_compare(then))
    if not found:
        raise ConfigError("benefit-of-other-kind", data=then["then"], photos=photos)
    return found


def judged(
    pretrained: Path, then: Mapping[str, Any], *, before: Any, device: str | None, reporter: Reporter, stop: StopRequest
) -> Benefit:
    """Return whether the pretraining in the folder ``pretrained`` helped on the task.

    Raises Interrupted if it is stopped, with the command that continues: pretraining is finished and is not repeated.
    """
    from ghep.comparison.pretraining.benefit import pretraining_benefit

    options = {**for_compare(then), **({} if device is None else {"device": device})}
    try:
        return pretraining_benefit(pretrained, then["then"], before=before, reporter=reporter, stop=stop, **options)
    except (Interrupted, KeyboardInterrupt) as error:
        cause = error.cause if isinstance(error, Interrupted) else text_of("interrupted")
        raise Interrupted("benefit-interrupted", cause=cause, folder=pretrained) from None
