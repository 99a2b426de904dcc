"""A session of training: what one process needs to train, besides model, data and plan."""

from __future__ import annotations

from dataclasses import dataclass, field

from ghep.reporter import Reporter, Silent
from ghep.team import Team
from ghep.training.checkpoint import Checkpoints
from ghep.training.options import TrainOptions
from ghep.training.stop import StopRequest


@dataclass(frozen=True, kw_only=True)
class Session:
    """Settings and seed of a training, who receives its progress, what stops it, and where it is saved.

    Only ``seed`` and the options ``precision``, ``time_limit``, ``on_divergence`` and ``refit`` affect the weights.
    """

    options: TrainOptions = field(default_factory=TrainOptions)
    seed: int = 0
    reporter: Reporter = field(default_factory=Silent)
    stop: StopRequest = field(default_factory=StopRequest)
    """Checked after each training step."""
    checkpoints: Checkpoints | None = None
    """None: nothing is saved, as in all processes of a team but the first."""
    team: Team = field(default_factory=Team)
    """The processes that train the model together."""
