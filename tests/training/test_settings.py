import json
from dataclasses import dataclass

import pytest

from chainrule.errors import ConfigError
from chainrule.training.config import TrainingSettings, merge_settings, read_settings_file
from chainrule.training.settings import Settings, other_default, setting, setting_rules


@dataclass(frozen=True)
class Oven(Settings):
    degrees: float = setting(180.0, "How hot.", group="Heat", minimum=50, below=300)
    minutes: int = setting(20, "How long.", group="Time", above=0)
    fan: bool = setting(False, "Blow the air around.", group="Heat")
    shelf: str = setting("middle", "Where.", group="Place", choices=("top", "middle"))
    timer: int | None = setting(None, "When to ring.", group="Time", minimum=1)


def test_values_and_defaults():
    oven = Oven.from_mapping({"degrees": 200, "timer": 5}, "a test")
    assert oven == Oven(degrees=200.0, timer=5)
    assert type(oven.degrees) is float
    assert oven.to_mapping() == {"degrees": 200.0, "minutes": 20, "fan": False, "shelf": "middle", "timer": 5}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"degrees": 300}, "my.toml: degrees must be a number at least 50 and less than 300, got 300.0"),
        ({"degrees": float("nan")}, "my.toml: degrees must be a number at least 50 and less than 300, got nan"),
        ({"degrees": True}, "my.toml: degrees must be a number at least 50 and less than 300, got True"),
        ({"minutes": 2.5}, "my.toml: minutes must be a whole number greater than 0, got 2.5"),
        ({"minutes": None}, "my.toml: minutes must be a whole number greater than 0, got None"),
        ({"fan": 1}, "my.toml: fan must be true or false, got 1"),
        ({"shelf": "floor"}, "my.toml: shelf must be one of top, middle, got 'floor'"),
        ({"timer": 0}, "my.toml: timer must be a whole number at least 1, or nothing, got 0"),
        ({"degree": 1}, "my.toml: there is no setting 'degree'; did you mean 'degrees'?"),
        ({"xyz": 1}, "my.toml: there is no setting 'xyz'; the settings are degrees, minutes, fan, shelf, timer"),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence(values, message):
    with pytest.raises(ConfigError) as caught:
        Oven.from_mapping(values, "my.toml")
    assert str(caught.value) == message


def test_the_constructor_checks_too():
    with pytest.raises(ConfigError, match="Oven: minutes must be"):
        Oven(minutes=0)


def test_every_default_passes_its_own_check():
    assert TrainingSettings.from_mapping(TrainingSettings().to_mapping(), "round trip") == TrainingSettings()
    assert all(rule.help.endswith(".") for rule in setting_rules(TrainingSettings).values())


def test_toml_and_json_round_trip(tmp_path):
    values = TrainingSettings(steps=7, learning_rate=0.125).to_mapping()
    (tmp_path / "a.json").write_text(json.dumps(values))
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items() if value is not None]
    (tmp_path / "a.toml").write_text("\ufeff" + "\n".join(lines), encoding="utf-8")
    for name in ("a.json", "a.toml"):
        read = read_settings_file(tmp_path / name)
        assert TrainingSettings.from_mapping(read, name) == TrainingSettings(steps=7, learning_rate=0.125)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.toml", b"steps = ", "a.toml is not valid TOML"),
        ("a.json", b"{", "a.json is not valid JSON"),
        ("a.json", b"[1]", "a.json must hold settings by name, got list"),
        ("a.toml", b"# caf\xe9", "a.toml must be UTF-8 text, but byte 6 is not"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        read_settings_file(tmp_path / name)


def test_a_duration_replaces_the_others():
    file = {"minutes": 5.0, "epochs": 3, "seed": 1}
    assert merge_settings(file, {"steps": 10}, "the command line") == {"steps": 10, "seed": 1}
    assert merge_settings(file, {"seed": 2}, "the command line") == {"minutes": 5.0, "epochs": 3, "seed": 2}
    with pytest.raises(ConfigError, match="the command line: give only one of minutes, epochs, steps"):
        merge_settings({}, {"steps": 10, "minutes": 1.0}, "the command line")


def test_a_subclass_may_differ_in_a_default():
    @dataclass(frozen=True)
    class HotOven(Oven):
        degrees: float = other_default(Oven, "degrees", 250.0)

    assert HotOven().degrees == 250.0
    rules = setting_rules(HotOven)
    assert list(rules) == list(setting_rules(Oven))
    assert (rules["degrees"].help, rules["degrees"].below) == ("How hot.", 300)
    with pytest.raises(ConfigError, match="degrees must be a number at least 50 and less than 300, got 10"):
        HotOven(degrees=10.0)
