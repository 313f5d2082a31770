"""What the tasks that learn from images without labels have in common: settings, data, runs, batches of views."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chainrule.data.images.dataset import ImageDataset, Images
from chainrule.data.images.views import ViewedImages, Views
from chainrule.data.registry import lasting_name, load_images
from chainrule.errors import DataError
from chainrule.interop.blank import Blank
from chainrule.tasks.image.description import Description
from chainrule.tasks.image.network import make_network
from chainrule.tasks.image.predictor import network_shape
from chainrule.tasks.image.settings import NetworkSettings
from chainrule.tasks.runs import first_stage, refuse_changed_data
from chainrule.training.run import RunConfig, RunFolder
from chainrule.training.settings import other_default, setting
from chainrule.training.stages import Plan

__all__ = ["ViewSettings", "create_run", "load_run_data", "read_data", "viewed"]

_VIEWS = "Views"


@dataclass(frozen=True)
class ViewSettings(NetworkSettings):
    """What can be set wherever views of images are learned from; see `Views`."""

    batch_size: int = setting(256, "Most images in a batch.", group="Data", minimum=2)
    evaluation_size: int = other_default(NetworkSettings, "evaluation_size", 2048)
    evaluate_every: int = other_default(NetworkSettings, "evaluate_every", 500)

    crop: float = setting(
        0.3, "Smallest share of an image's area that a view shows; 1 for all of it.", group=_VIEWS, above=0, maximum=1
    )
    flip: bool | None = setting(None, "Mirror every other view; by default all but digits.", group=_VIEWS)
    light: float = setting(0.0, "How much contrast and brightness change.", group=_VIEWS, minimum=0)
    colour: float = setting(0.0, "How much the channels of colour images change.", group=_VIEWS, minimum=0)


def read_data(name_or_path: str, settings: NetworkSettings) -> ImageDataset:
    """Load the images to learn from, whose classes do not matter.

    Parameters
    ----------
    name_or_path : str
        A data set's name, a folder or a file.
    settings : NetworkSettings
        The size to give to images.

    Returns
    -------
    ImageDataset
        The images.

    Raises
    ------
    DataError
        When there is none of that name, or it cannot be read.
    """
    return load_images(name_or_path, image_size=settings.image_size, labelled=False)


def load_run_data(run: RunFolder, settings: NetworkSettings) -> ImageDataset:
    """Load the images of a run again.

    Parameters
    ----------
    run : RunFolder
        The run.
    settings : NetworkSettings
        Its settings.

    Returns
    -------
    ImageDataset
        The same images as when it began.

    Raises
    ------
    DataError
        When they are gone or have changed.
    """
    data = read_data(run.config.data["name"], settings)
    refuse_changed_data(run, data.fingerprint())
    return data


def viewed(images: Images, settings: ViewSettings, description: Description) -> ViewedImages:
    """Let views be taken of images as the settings say.

    Parameters
    ----------
    images : Images
        The images.
    settings : ViewSettings
        What views look like.
    description : Description
        How to normalise, and whether mirror images are of the same kind.

    Returns
    -------
    ViewedImages
        The images.
    """
    flip = description.mirrored if settings.flip is None else settings.flip
    return ViewedImages(images, description.statistics, Views(settings.crop, flip, settings.light, settings.colour))


def create_run(
    task: str, path: Path, name_or_path: str, data: ImageDataset, settings: ViewSettings, plan: Plan | None
) -> RunFolder:
    """Make the folder of a new run, with all that does not change while it trains.

    Parameters
    ----------
    task : str
        What is learned.
    path : Path
        The folder.
    name_or_path : str
        How the user named the data.
    data : ImageDataset
        The data.
    settings : ViewSettings
        The settings.
    plan : Plan, optional
        The stages of the run to repeat; without it the settings say how long to train.

    Returns
    -------
    RunFolder
        The folder.

    Raises
    ------
    DataError
        When there are too few images.
    """
    for part in ("train", "dev"):
        if len(data.split(part)) < 2:
            raise DataError(
                f"{data.name} has a single image in {part}: views of an image are compared with those of others, so "
                f"there must be two at least"
            )
    description = Description.of(data)
    make_network(settings.model, network_shape(settings, description), Blank())  # or it fails before there is a folder
    described = {"name": lasting_name(name_or_path), "fingerprint": data.fingerprint()} | description.to_json()
    plan = plan or Plan((first_stage(settings),))
    return RunFolder.create(path, RunConfig(task, described, settings.to_mapping(), plan), {})
