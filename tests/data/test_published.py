"""Published files: where they are looked for, in which order, and what happens when they are nowhere."""

import dataclasses
import gzip
import hashlib
import importlib.metadata
import tempfile

import pytest

from chainrule.data import carriers, files, published
from chainrule.data.carriers import DebianPackage, NodePackage, PythonPackage
from chainrule.data.published import PublishedFile
from chainrule.errors import DataError

_CONTENT = b"the published content"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache" / "data"
    monkeypatch.setattr(published, "data_cache", lambda: folder)
    monkeypatch.setattr(carriers, "data_cache", lambda: folder)
    return folder / "english"


@pytest.fixture
def file(tmp_path, cache):
    return PublishedFile(
        name="words.txt",
        size=len(_CONTENT),
        sha256=hashlib.sha256(_CONTENT).hexdigest(),
        url=(tmp_path / "server" / "words.txt").as_uri(),
        carrier=PythonPackage("no-such-package-for-sure", "words/words.txt", 'pip install "chainrule[data]"'),
        folder="english",
    )


def _put(path, content=_CONTENT):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _install(monkeypatch, folder):
    class Distribution:
        def locate_file(self, member):
            return folder / member

    monkeypatch.setattr(importlib.metadata, "distribution", lambda name: Distribution())


def test_order_of_places(tmp_path, cache, file, monkeypatch):
    assert file.find() is None
    _install(monkeypatch, tmp_path / "site")
    member = _put(tmp_path / "site" / "words" / "words.txt")
    assert file.find() == member
    kept = _put(cache / "words.txt")
    assert file.find() == kept
    own = _put(tmp_path / "mine" / "words.txt")
    assert file.find(tmp_path / "mine") == own
    assert file.find(tmp_path / "empty") == kept
    assert file.read(tmp_path / "mine") == _CONTENT


@pytest.mark.parametrize("place", ["mine/words.txt.gz", "cache/data/english/words.txt.gz"])
def test_a_gzipped_copy(tmp_path, cache, file, place):
    copy = _put(tmp_path / place, gzip.compress(_CONTENT))
    assert file.find(tmp_path / "mine") == copy
    assert file.read(tmp_path / "mine") == _CONTENT
    copy.write_bytes(copy.read_bytes()[:-9])
    assert file.find(tmp_path / "mine") is None


def test_packages_of_other_managers(tmp_path, cache, file):
    node = NodePackage("some-words", "1.2.3", "data/words.txt")
    assert node.path() is None
    member = _put(cache.parent / "node_modules" / "some-words" / "data" / "words.txt")
    assert dataclasses.replace(file, carrier=node).find() == member
    assert node.advice == f"npm install --ignore-scripts --prefix {cache.parent} some-words@1.2.3"
    debian = DebianPackage("dataset-words", str(tmp_path / "usr" / "words.txt.gz"))
    assert debian.path() is None
    assert debian.advice == "apt-get install dataset-words"
    packed = _put(tmp_path / "usr" / "words.txt.gz", gzip.compress(_CONTENT))
    assert dataclasses.replace(file, carrier=debian).find() == packed


def test_damaged_copies_are_passed_over(tmp_path, cache, file, monkeypatch):
    _install(monkeypatch, tmp_path / "site")
    member = _put(tmp_path / "site" / "words" / "words.txt")
    _put(cache / "words.txt", _CONTENT[:-1] + b"?")
    assert file.find() == member
    assert file.read() == _CONTENT


def test_another_version_in_the_users_folder_is_an_error(tmp_path, cache, file):
    _put(cache / "words.txt")
    own = _put(tmp_path / "mine" / "words.txt", b"something else")
    with pytest.raises(DataError, match=r"is not the published words\.txt: expected sha256") as caught:
        file.read(tmp_path / "mine")
    assert str(own) in str(caught.value)


def test_download_is_checked_and_kept(tmp_path, cache, file):
    _put(tmp_path / "server" / "words.txt")
    assert file.read() == _CONTENT
    assert file.find() == cache / "words.txt"
    assert [path.name for path in cache.iterdir()] == ["words.txt"]


def test_a_gzipped_download(tmp_path, cache, file):
    packed = _put(tmp_path / "server" / "words.txt.gz", gzip.compress(_CONTENT))
    assert dataclasses.replace(file, url=packed.as_uri()).read() == _CONTENT
    assert (cache / "words.txt").read_bytes() == _CONTENT
    packed.write_bytes(b"not packed")
    (cache / "words.txt").unlink()
    with pytest.raises(DataError, match="could not be downloaded"):
        dataclasses.replace(file, url=packed.as_uri()).read()


def test_download_without_a_cache(tmp_path, cache, file):
    _put(tmp_path / "server" / "words.txt")
    _put(cache.parent, b"a file where the folder should be")
    assert file.read() == _CONTENT


@pytest.mark.parametrize("sent", [None, b"short", _CONTENT * 100_000, b"?" * len(_CONTENT)])
def test_nowhere_to_be_had(tmp_path, cache, file, sent):
    if sent is not None:
        _put(tmp_path / "server" / "words.txt", sent)
    with pytest.raises(DataError) as caught:
        file.read()
    message = str(caught.value)
    assert 'run: pip install "chainrule[data]", or put the file into ' + str(cache) in message
    assert file.url in message
    assert not cache.exists()


def test_unreachable_server(file):
    with pytest.raises(DataError, match="could not be downloaded"):
        dataclasses.replace(file, url="http://127.0.0.1:9/words.txt").read()


@pytest.mark.parametrize(
    ("platform", "variable", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", "base/chainrule/data"),
        ("linux", None, "home/.cache/chainrule/data"),
        ("win32", "LOCALAPPDATA", "base/chainrule/data"),
        ("darwin", None, "home/Library/Caches/chainrule/data"),
    ],
)
def test_cache_folder(tmp_path, monkeypatch, platform, variable, expected):
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path / "home")
    if variable:
        monkeypatch.setenv(variable, str(tmp_path / "base"))
    assert files.data_cache() == tmp_path / expected


def test_cache_folder_of_a_user_without_home(monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("pathlib.Path.home", no_home)
    assert files.data_cache().is_relative_to(tempfile.gettempdir())
