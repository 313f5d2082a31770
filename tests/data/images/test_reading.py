"""Reading a user's own images: folders of pictures, IDX, NumPy archives; and what is wrong with them."""

import sys

import numpy as np
import pytest
from PIL import Image

from chainrule.data import load_images
from chainrule.data.images.idx import parse_idx
from chainrule.errors import DataError

from .files import idx, pixels, write_folder, write_idx, write_picture


def find(dataset, name):
    """The pixels of a named picture, whatever part it is in."""
    (part,) = (part for part in dataset.splits.values() if name in part.names)
    return part.pixels[part.names.index(name)]


def everything(dataset):
    """All images and labels, whatever part they are in."""
    parts = dataset.splits.values()
    return np.concatenate([part.pixels for part in parts]), np.concatenate([part.labels for part in parts])


# Folders of pictures


def test_a_folder_a_class(tmp_path):
    data = load_images(write_folder(tmp_path))
    assert data.classes == ("cat", "dog")
    assert data.shape == (1, 8, 8)
    assert sum(len(part) for part in data.splits.values()) == 60
    assert all(len(data.split(part)) for part in ("train", "dev", "test"))
    train = data.split("train")
    first = train.names[0]
    assert first.startswith("cat/")
    assert np.array_equal(train.pixels[0, 0], np.asarray(Image.open(tmp_path / first)))
    assert [data.classes[label] for label in train.labels] == [name.split("/")[0] for name in train.names]
    assert train.pixels.strides[1] == 1  # channels lie side by side
    assert not data.notes


def test_pictures_added_later_move_no_other(tmp_path):
    before = set(load_images(write_folder(tmp_path, each=40)).split("train").names)
    after = load_images(write_folder(tmp_path, each=60))
    old = {name for name in after.split("train").names if int(name.split("/")[1].removesuffix(".png")) < 40}
    assert old == before


def test_given_parts(tmp_path):
    for part, each in (("train", 20), ("val", 3), ("test", 4)):
        write_folder(tmp_path / part, each=each)
    data = load_images(tmp_path)
    assert {part: len(images) for part, images in data.splits.items()} == {"train": 40, "dev": 6, "test": 8}


def test_a_given_test_part_stays_and_a_development_part_is_held_out(tmp_path):
    write_folder(tmp_path / "train", each=50)
    write_folder(tmp_path / "test", each=4)
    data = load_images(tmp_path)
    assert len(data.split("test")) == 8
    assert len(data.split("train")) + len(data.split("dev")) == 100
    assert len(data.split("dev"))


def test_a_class_only_in_the_test_part(tmp_path):
    write_folder(tmp_path / "train", each=3)
    write_folder(tmp_path / "test", ("cat", "horse"), each=3)
    with pytest.raises(DataError, match=r"there is no class 'horse' among those of .*train"):
        load_images(tmp_path)


def test_grey_and_transparent_among_coloured(tmp_path):
    write_folder(tmp_path, mode="RGB", each=20)
    write_picture(tmp_path / "cat" / "grey.png", mode="L")
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(tmp_path / "cat" / "nothing.png")
    Image.new("P", (8, 8), 0).save(tmp_path / "dog" / "palette.gif")
    data = load_images(tmp_path)
    assert data.shape == (3, 8, 8)
    grey = find(data, "cat/grey.png")
    assert np.array_equal(grey[0], grey[2])
    assert (find(data, "cat/nothing.png") == 255).all()


@pytest.mark.parametrize("mode", ["1", "LA", "I;16"])
def test_pictures_that_are_grey(tmp_path, mode):
    write_folder(tmp_path, each=20)
    if mode == "I;16":
        Image.fromarray(np.full((8, 8), 256 * 200 + 3, np.uint16)).save(tmp_path / "cat" / "x.png")
    else:
        Image.new(mode, (8, 8), 200 if mode == "1" else (200, 255)).save(tmp_path / "cat" / "x.png")
    data = load_images(tmp_path)
    assert data.shape == (1, 8, 8)
    found = find(data, "cat/x.png")
    assert (found == (255 if mode == "1" else 200)).all()


def test_a_camera_held_sideways(tmp_path):
    write_folder(tmp_path, each=20)
    wide = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees to the right
    wide.save(tmp_path / "cat" / "x.png", exif=exif)
    data = load_images(tmp_path)
    found = find(data, "cat/x.png")
    assert np.array_equal(found[0], np.rot90(np.asarray(wide), -1))


def test_a_corrupt_picture_is_named_and_left_out(tmp_path):
    write_folder(tmp_path)
    (tmp_path / "cat" / "0.png").write_bytes(b"no picture")
    whole = (tmp_path / "dog" / "7.png").read_bytes()
    (tmp_path / "dog" / "7.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "dog" / "8.png").write_bytes(b"")
    data = load_images(tmp_path)
    assert sum(len(part) for part in data.splits.values()) == 57
    counted, *named = data.notes
    assert counted == "3 of 60 pictures are left out"
    for note, name in zip(named, ("cat/0.png", "dog/7.png", "dog/8.png"), strict=True):
        assert note.startswith(f"{tmp_path}/{name} cannot be read: ")


def test_other_files_are_ignored(tmp_path):
    write_folder(tmp_path)
    (tmp_path / "cat" / "Thumbs.db").write_bytes(b"x")
    (tmp_path / "cat" / "._0.png").write_bytes(b"x")
    (tmp_path / ".git").mkdir()
    (tmp_path / "readme.txt").write_text("x")
    data = load_images(tmp_path)
    assert sum(len(part) for part in data.splits.values()) == 60
    assert data.classes == ("cat", "dog")


def test_sizes_that_differ_need_a_size(tmp_path):
    write_folder(tmp_path)
    write_picture(tmp_path / "dog" / "x.png", size=9)
    with pytest.raises(DataError, match=r"differ in size, cat/0\.png is 8x8 and dog/x\.png 9x9; give --image-size N"):
        load_images(tmp_path)
    assert load_images(tmp_path, image_size=6).shape == (1, 6, 6)


def test_a_picture_is_cut_to_a_square_not_squeezed(tmp_path):
    write_folder(tmp_path, size=4)
    stripe = np.zeros((4, 12), np.uint8)
    stripe[:, 4:8] = 255
    Image.fromarray(stripe).save(tmp_path / "cat" / "x.png")
    data = load_images(tmp_path, image_size=4)
    found = find(data, "cat/x.png")
    assert (found == 255).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: None, "holds no class folders: put the pictures of each class into a folder"),
        (lambda folder: write_picture(folder / "a.png"), "holds no class folders"),
        (lambda folder: write_folder(folder, ("cat",)), "has only the class 'cat' to train on; at least two"),
        (lambda folder: (write_folder(folder), (folder / "cow").mkdir()), "cow holds no picture: put some there"),
        (
            lambda folder: (write_folder(folder), (folder / "cow").mkdir(), (folder / "cow" / "a.png").write_text("")),
            "no picture in .*cow can be read: remove it",
        ),
        (
            lambda folder: ((folder / "cow").mkdir(), (folder / "cow" / "a.png").write_text("")),
            r"no picture can be read, for instance: .*cow/a\.png cannot be read",
        ),
    ],
)
def test_bad_folders(tmp_path, make, message):
    make(tmp_path)
    with pytest.raises(DataError, match=message):
        load_images(tmp_path)


def test_too_few_to_hold_any_out(tmp_path):
    data = load_images(write_folder(tmp_path, each=2))
    empty = next(part for part, images in data.splits.items() if not len(images))
    with pytest.raises(DataError, match=f"none of its 4 images fell to {empty}; add images"):
        data.split(empty)


def test_without_pillow(tmp_path, monkeypatch):
    write_folder(tmp_path)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(DataError, match=r'pictures need Pillow: pip install "chainrule\[image\]"'):
        load_images(tmp_path)


# IDX


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_files(tmp_path, suffix):
    given = pixels(40)[..., 0]
    labels = np.arange(40, dtype=np.uint8) % 3
    images = write_idx(tmp_path / f"train-images-idx3-ubyte{suffix}", given)
    write_idx(tmp_path / f"train-labels-idx1-ubyte{suffix}", labels)
    write_idx(tmp_path / "t10k-images-idx3-ubyte", given[:5])
    write_idx(tmp_path / "t10k-labels-idx1-ubyte", labels[:5])
    data = load_images(tmp_path)
    assert data.classes == ("0", "1", "2")
    assert np.array_equal(data.split("test").pixels[:, 0], given[:5])
    assert np.array_equal(data.split("test").labels, labels[:5])
    assert len(data.split("train")) + len(data.split("dev")) == 40
    alone = load_images(images)
    assert sum(len(part) for part in alone.splits.values()) == 40


def test_bad_idx_files(tmp_path):
    images = write_idx(tmp_path / "train-images-idx3-ubyte", pixels(4)[..., 0])
    with pytest.raises(DataError, match="has no labels: put train-labels-idx1-ubyte beside it"):
        load_images(tmp_path)
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.arange(3, dtype=np.uint8))
    with pytest.raises(DataError, match="4 images, but 3 labels"):
        load_images(tmp_path)
    images.write_bytes(images.read_bytes()[:-1])
    with pytest.raises(
        DataError, match=r"is damaged: its header announces the shape \(4, 8, 8\), so 256 bytes, but 255"
    ):
        load_images(tmp_path)
    images.unlink()
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8b half")
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz is damaged"):
        load_images(tmp_path)


@pytest.mark.parametrize("content", [b"", b"\0\0", b"PNG.....", bytes([0, 0, 9, 1, 0, 0, 0, 1, 7]), b"\0\0\x08\x03\0"])
def test_content_that_is_not_idx(content):
    with pytest.raises(DataError, match=r"^x is (not an IDX file|damaged)"):
        parse_idx(content, "x")


def test_idx_round_trip():
    array = pixels(3, 5)[..., 0]
    assert np.array_equal(parse_idx(idx(array), "x"), array)


# NumPy archives


@pytest.mark.parametrize(
    ("images", "labels"), [("x_train", "y_train"), ("train_images", "train_labels"), ("images", "labels")]
)
@pytest.mark.parametrize("order", ["NHW", "NHWC", "NCHW", "fractions", "column of labels"])
def test_archives(tmp_path, images, labels, order):
    given = pixels(60, channels=1 if order == "NHW" else 3)
    numbers = np.arange(60) % 4
    written = {"NHW": given[..., 0], "NCHW": np.moveaxis(given, -1, 1), "fractions": given / 255}.get(order, given)
    column = numbers[:, None] if order == "column of labels" else numbers
    np.savez(tmp_path / "a.npz", **{images: written, labels: column})
    data = load_images(tmp_path / "a.npz")
    found, classes = everything(data)
    assert data.classes == ("0", "1", "2", "3")
    wanted = {picture.tobytes(): number for picture, number in zip(given, numbers, strict=True)}
    assert {p.tobytes(): n for p, n in zip(np.moveaxis(found, 1, -1), classes, strict=True)} == wanted


def test_an_archive_with_parts_and_names(tmp_path):
    given, labels = pixels(30), np.arange(30) % 2
    parts = {"x_val": given[:4], "y_val": labels[:4], "x_test": given[:7], "y_test": labels[:7]}
    np.savez(tmp_path / "a.npz", x_train=given, y_train=labels, classes=np.array(["cat", "dog"]), **parts)
    data = load_images(tmp_path / "a.npz", image_size=5)
    assert {part: len(images) for part, images in data.splits.items()} == {"train": 30, "dev": 4, "test": 7}
    assert data.classes == ("cat", "dog")
    assert data.shape == (1, 5, 5)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"a": np.zeros(3)}, r"must hold images and labels, or x_train and y_train, but it holds a"),
        ({"images": pixels(3), "labels": np.zeros(2, int)}, "3 images, but 2 labels"),
        ({"images": pixels(3, channels=2), "labels": np.zeros(3, int)}, r"with 1 or 3 channels, got \(3, 8, 8, 2\)"),
        (
            {"images": pixels(3), "labels": np.zeros(3)},
            r"labels must be whole numbers of shape \(N,\), got float64 \(3,\)",
        ),
        ({"images": pixels(3) * 2.0, "labels": np.zeros(3, int)}, "pixels must be whole numbers from 0 to 255"),
        ({"images": pixels(3), "labels": np.array([0, 1, -1])}, "labels of train reach from -1 to 1"),
        ({"images": pixels(3), "labels": np.array([0, 1, 5]), "classes": ["a", "b"]}, "must lie from 0 to 1"),
        ({"images": pixels(3), "labels": np.array([1, 1, 1])}, "has only the class '1' to train on"),
        ({"images": np.array([{}]), "labels": np.array([1])}, "not a readable .npz file of plain arrays"),
    ],
)
def test_bad_archives(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=message):
        load_images(tmp_path / "a.npz")


def test_parts_of_different_shapes(tmp_path):
    labels = np.arange(4) % 2
    np.savez(tmp_path / "a.npz", x_train=pixels(4), y_train=labels, x_test=pixels(4, 9), y_test=labels)
    with pytest.raises(DataError, match=r"the images of test have the shape \(1, 9, 9\), those of train \(1, 8, 8\)"):
        load_images(tmp_path / "a.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"\x93NUMPY"])
def test_files_that_are_no_archives(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"a\.npz is not a readable \.npz file"):
        load_images(tmp_path / "a.npz")


def test_neither_a_name_nor_a_path(tmp_path):
    with pytest.raises(DataError, match="no data set and no file named 'fashon-mnist'; did you mean 'fashion-mnist'"):
        load_images("fashon-mnist")
    with pytest.raises(DataError, match="the data set cmudict is for the task seq2seq"):
        load_images("cmudict")
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(DataError, match=r"a\.txt must be a folder of class folders, an \.npz file, or"):
        load_images(tmp_path / "a.txt")


# Without labels


def test_a_folder_of_pictures_alone(tmp_path):
    write_folder(tmp_path, classes=("all",))
    with pytest.raises(DataError, match="holds no class folders"):
        load_images(tmp_path / "all")
    data = load_images(tmp_path / "all", labelled=False)
    assert sum(len(part) for part in data.splits.values()) == 30
    assert all(len(part) for part in data.splits.values())
    assert load_images(tmp_path, labelled=False).classes == ("all",)  # a single class


def test_parts_of_pictures_alone(tmp_path):
    write_folder(tmp_path, classes=("train", "dev"), each=5)
    data = load_images(tmp_path, labelled=False)
    assert {part: len(images) for part, images in data.splits.items()} == {"train": 5, "dev": 5}


def test_an_archive_of_images_alone(tmp_path):
    np.savez(tmp_path / "a.npz", x_train=pixels(40), x_test=pixels(3, seed=1))
    with pytest.raises(DataError, match="must hold images and labels, or x_train and y_train, but it holds x_train"):
        load_images(tmp_path / "a.npz")
    data = load_images(tmp_path / "a.npz", labelled=False)
    assert len(data.split("train")) + len(data.split("dev")) == 40
    assert len(data.split("test")) == 3
    np.savez(tmp_path / "b.npz", pictures=pixels(4))
    with pytest.raises(DataError, match="must hold images, or x_train, but it holds pictures"):
        load_images(tmp_path / "b.npz", labelled=False)
