"""What every task does alike with the folder of a run: settings out of it, weights, data, the first stage."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from chainrule.errors import CheckpointError, ConfigError, DataError
from chainrule.nn import Parameter
from chainrule.optim import AdamW
from chainrule.training.config import TrainingSettings
from chainrule.training.files import read_json
from chainrule.training.groups import parameter_groups
from chainrule.training.run import RunFolder
from chainrule.training.schedule import Pace
from chainrule.training.stages import Stage

__all__ = [
    "first_stage",
    "is_run",
    "load_best",
    "make_optimizer",
    "open_both",
    "paced_optimizer",
    "refuse_changed_data",
    "settings_of",
]

S = TypeVar("S", bound=TrainingSettings)


def settings_of(run: RunFolder, kind: type[S], task: str) -> S:
    """Read the settings of a run.

    Parameters
    ----------
    run : RunFolder
        The run.
    kind : type
        The class of its settings.
    task : str
        What it must have learned.

    Returns
    -------
    TrainingSettings
        Its settings, of class `kind`.

    Raises
    ------
    CheckpointError
        When the run is of another task, or its settings do not fit this version.
    """
    if run.config.task != task:
        raise CheckpointError(f"{run.path} is a run of the task {run.config.task!r}, expected {task!r}")
    try:
        return kind.from_mapping(run.config.settings, f"{run.path}/config.json")
    except ConfigError as error:
        raise CheckpointError(str(error)) from None


def refuse_changed_data(run: RunFolder, fingerprint: str) -> None:
    """Make sure that a run goes on with the data that it began with.

    Parameters
    ----------
    run : RunFolder
        The run.
    fingerprint : str
        That of the data now.

    Raises
    ------
    DataError
        When it has changed.
    """
    if fingerprint != run.config.data["fingerprint"]:
        raise DataError(
            f"{run.config.data['name']} has changed since {run.path} was begun: put the old content back, or begin a "
            f"new run"
        )


def is_run(folder: Path) -> bool:
    """Tell a run from a folder of published weights, which has a ``config.json`` too.

    Parameters
    ----------
    folder : Path
        A folder, or the path of something else, or of nothing.

    Returns
    -------
    bool
        Whether a run was begun in it.
    """
    return (folder / "config.json").is_file() and "task" in read_json(folder / "config.json")


def open_both(first: Path, second: Path) -> tuple[RunFolder, RunFolder]:
    """Open two runs that can be compared.

    Parameters
    ----------
    first, second : Path
        Their folders.

    Returns
    -------
    tuple of RunFolder
        The runs.

    Raises
    ------
    CheckpointError
        When one is no run, or of another task than the first.
    DataError
        When they learned from different data.
    """
    runs = RunFolder.open(first), RunFolder.open(second)
    one, other = (run.config for run in runs)
    if one.task != other.task:
        raise CheckpointError(
            f"{first} is a run of the task {one.task!r} and {second} of {other.task!r}: only runs of the same task can "
            f"be compared"
        )
    if one.data["fingerprint"] != other.data["fingerprint"]:
        raise DataError(
            f"{first} learned from {one.data['name']} and {second} from {other.data['name']}, whose content differs: "
            f"only runs on the same data can be compared"
        )
    return runs


def first_stage(settings: TrainingSettings) -> Stage:
    """Say how long a new run lasts.

    Parameters
    ----------
    settings : TrainingSettings
        Steps, minutes or epochs.

    Returns
    -------
    Stage
        The first stage of its plan; a trainer finds out how many steps minutes or epochs are.
    """
    if settings.steps is not None:
        return Stage(0, settings.steps)
    if settings.minutes is not None:
        return Stage(0, None, minutes=settings.minutes)
    return Stage(0, None, epochs=settings.epochs)


def make_optimizer(model: Any, settings: TrainingSettings) -> AdamW:
    """Make the optimiser of a run; weight decay spares biases and the scales of normalisation.

    Parameters
    ----------
    model : Module
        What it trains.
    settings : TrainingSettings
        Its settings.

    Returns
    -------
    AdamW
        The optimiser.
    """
    groups = parameter_groups(model.parameters(), settings.weight_decay)
    return AdamW(groups, lr=settings.learning_rate, betas=(settings.beta1, settings.beta2))


def paced_optimizer(layers: Iterable[Iterable[Parameter]], settings: Any) -> tuple[AdamW, list[Pace]]:
    """Make an optimiser for the layers of a model that learns further, each at a pace of its own.

    The rate of a layer is ``layer_decay`` times that of the one above it (J. Howard and S. Ruder, 2018, discriminative
    fine-tuning). With ``gradual``, a layer begins to learn ``unfreeze_every`` steps after the one above.

    Parameters
    ----------
    layers : iterable of iterable of Parameter
        The parameters of each layer, the uppermost first; frozen ones are left out.
    settings : TrainingSettings
        With the fields ``method``, ``layer_decay`` and ``unfreeze_every``.

    Returns
    -------
    optimizer : AdamW
        The optimiser.
    paces : list of Pace
        One for each of its groups.
    """
    groups: list[dict[str, Any]] = []
    paces: list[Pace] = []
    for below, layer in enumerate(layers):
        start = below * settings.unfreeze_every if settings.method == "gradual" else 0
        found = parameter_groups(layer, settings.weight_decay)
        groups += found
        paces += [Pace(settings.layer_decay**below, start)] * len(found)
    return AdamW(groups, lr=settings.learning_rate, betas=(settings.beta1, settings.beta2)), paces


def load_best(run: RunFolder, model: Any) -> Any:
    """Give a model the best weights of a run.

    Parameters
    ----------
    run : RunFolder
        The run.
    model : Module
        A model of the same shape.

    Returns
    -------
    Module
        The model, in evaluation mode.

    Raises
    ------
    CheckpointError
        When the weights are missing, damaged, or do not fit.
    """
    try:
        model.load_state_dict(run.load_model())
    except (KeyError, ValueError) as error:
        raise CheckpointError(f"the weights in {run.path} do not fit its config.json: {error}") from None
    return model.eval()
