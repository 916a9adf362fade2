import threading

from pipeline.store import Home


def test_the_secret_key_stays_the_same_and_is_the_owners_alone(home):
    assert home.secret_key() == Home(home.root).secret_key()
    assert (home.root / "secret.key").stat().st_mode & 0o777 == 0o600


def test_two_homes_have_different_keys(tmp_path):
    assert Home(tmp_path / "a").secret_key() != Home(tmp_path / "b").secret_key()


def test_a_second_run_of_a_person_waits_and_says_for_whom(home):
    told, order = [], []

    def second() -> None:
        with home.person_lock("ada", tell=told.append):
            order.append("second")

    with home.person_lock("ada", tell=told.append):
        waiting = threading.Thread(target=second)
        waiting.start()
        while not told:
            waiting.join(0.01)
        order.append("first")
    waiting.join(10)
    assert order == ["first", "second"]
    assert "ada is being worked on by process" in told[0]


def test_different_people_do_not_wait_for_each_other(home):
    told = []
    with home.person_lock("ada", tell=told.append), home.person_lock("bob", tell=told.append):
        assert told == []
