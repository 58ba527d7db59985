import os

from ganzoo.cli import environment

NAMES = ("TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS")


def test_a_command_takes_onednn_on_every_processor(monkeypatch):
    for name in NAMES:
        monkeypatch.setenv(name, "")  # what is restored afterwards
        monkeypatch.delenv(name)
    environment.prepare()
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "1"
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "2"


def test_what_the_user_has_set_stays(monkeypatch):
    for name in NAMES:
        monkeypatch.setenv(name, "0")
    environment.prepare()
    assert [os.environ[name] for name in NAMES] == ["0", "0"]
