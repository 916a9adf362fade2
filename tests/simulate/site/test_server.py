"""How the site answers: statuses, validators, connections, and that nothing of it stays behind."""

import http.client
import socket
import threading
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego

from pipeline.simulate.site import serve
from pipeline.simulate.site.hosts import Hosts


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("https://nobody.example/", 404),
        ("https://nobody.substack.com/api/v1/archive", 404),
        ("https://ada.substack.com/api/v1/posts/absent", 404),
        ("https://ada.substack.com/p/absent", 404),
        ("https://substack.com/api/v1/user/nobody/public_profile", 404),
        ("https://substack.com/api/v1/posts/by-id/12345", 404),
        ("https://substack.com/api/v1/reader/feed/profile/12345", 404),
        ("https://ada.substack.com/api/v1/archive?limit=51", 400),
        ("https://ada.substack.com/api/v1/archive?offset=-1", 400),
        ("https://ada.substack.com/api/v1/archive?limit=many", 400),
        ("https://www.pinterest.com/pin/501/", 403),
        ("https://i.pinimg.com/originals/00/00/00/" + "0" * 29 + "385.jpg", 403),
        ("https://substack-post-media.s3.amazonaws.com/robots.txt", 403),
        ("https://ada.substack.com/", 200),
        ("https://ada.substack.com/robots.txt", 200),
        ("https://substackcdn.com/robots.txt", 200),
    ],
)
def test_status_of(served, url, status, ask):
    assert ask(served.origin, url)[0].status == status


@pytest.mark.parametrize("url", ["https://ada.substack.com/api/v1/posts/post-1", "https://ada.substack.com/p/post-1"])
def test_unchanged_document_is_not_sent_again(served, url, ask):
    first, body = ask(served.origin, url)
    for validators in ({"If_None_Match": first.headers["ETag"]}, {"If_Modified_Since": first.headers["Last-Modified"]}):
        again, nothing = ask(served.origin, url, **validators)
        assert (again.status, nothing, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert ask(served.origin, url, If_None_Match='"another"', If_Modified_Since=first.headers["Last-Modified"])[1] == body


def test_validators_are_the_same_in_the_next_run_and_others_for_other_content(served, world, ask, draw):
    url = "https://ada.substack.com/api/v1/archive"
    ada = world.publications["ada"]
    shorter = replace(world, publications={**world.publications, "ada": replace(ada, posts=ada.posts[:-1])})
    with serve(world, draw) as same, serve(shorter, draw) as other:
        tags = [ask(site.origin, url)[0].headers["ETag"] for site in (served, same, other)]
    assert tags[0] == tags[1] != tags[2]


def test_head_has_the_length_and_no_body(served, ask):
    response, body = ask(served.origin, "https://ada.substack.com/p/post-1", method="HEAD")
    assert (response.status, body) == (200, b"")
    assert int(response.headers["Content-Length"]) > 1000


def test_one_connection_serves_many_hosts(served):
    connection = http.client.HTTPConnection(urlsplit(served.origin).netloc, timeout=10)
    for host in ("ada.substack.com", "substack.com", "nobody.example", "bob.substack.com"):
        connection.request("GET", "/robots.txt", headers={"Host": host})
        response = connection.getresponse()
        response.read()
        assert not response.will_close
    connection.close()


def test_log_counts_by_host_and_status(world, ask, draw):
    with serve(world, draw) as site:
        tag = ask(site.origin, "https://ada.substack.com/p/post-1?a=b")[0].headers["ETag"]
        ask(site.origin, "https://ada.substack.com/p/post-1", If_None_Match=tag)
        ask(site.origin, "https://nobody.example/x")
    assert site.log == [
        ("ada.substack.com", "/p/post-1?a=b", 200, False),
        ("ada.substack.com", "/p/post-1", 304, True),
        ("nobody.example", "/x", 404, False),
    ]
    assert site.counts()[("ada.substack.com", 304)] == 1


def test_nothing_stays_behind(world, draw):
    before = set(threading.enumerate())
    with serve(world, draw) as site:
        address = ("127.0.0.1", urlsplit(site.origin).port)
        idle = socket.create_connection(address, timeout=10)
        idle.sendall(b"GET /robots.txt HTTP/1.1\r\nHost: substack.com\r\n\r\n")
        assert idle.recv(15) == b"HTTP/1.1 200 OK"
    while idle.recv(65536):
        pass
    idle.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=10)
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name == "simulated-site"]


PATHS = ("/", "/p/", "/api/v1/archive?limit=", "/api/v1/posts/", "/api/v1/posts/by-id/", "/image/fetch/x/https%3A%2F%2F", "/736x/", "//[")


@pytest.fixture(scope="module")
def hosts(world, draw):
    return Hosts(world, draw)


@given(st.sampled_from(["ada.substack.com", "substack.com", "substackcdn.com", "i.pinimg.com", "www.pinterest.com", "[", ""]),
       st.sampled_from(PATHS), st.text() | st.integers().map(str))  # fmt: skip
def test_every_address_has_an_answer(hosts, host, path, more):
    assert hosts.answer(host, path + more).status in (200, 400, 403, 404)


def test_pinterest_is_closed_to_whom_it_does_not_name(served, ask):
    rules = Protego.parse(ask(served.origin, "https://www.pinterest.com/robots.txt")[1].decode())
    assert not rules.can_fetch("https://www.pinterest.com/pin/501/", "rhizome/0.1 (+https://rhizome.example)")
    assert rules.can_fetch("https://www.pinterest.com/pin/501/", "Googlebot")


def test_substack_robots_leave_the_api_open(served, ask):
    rules = Protego.parse(ask(served.origin, "https://ada.substack.com/robots.txt")[1].decode())
    assert rules.can_fetch("https://ada.substack.com/api/v1/archive", "rhizome/0.1")
    assert not rules.can_fetch("https://ada.substack.com/publish", "rhizome/0.1")
