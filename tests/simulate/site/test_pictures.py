"""The picture hosts: the right picture at every address it has, and none elsewhere."""

import io

from PIL import Image

from pipeline.simulate.drawing import jpeg
from pipeline.simulate.site import serve
from pipeline.simulate.site.addresses import pinned_url, proxied_url, upload_url
from pipeline.simulate.world import WorldSettings, build


def test_picture_is_the_same_at_the_bucket_and_behind_the_proxy(served, world, ask, draw):
    shown = world.publications["ada"].posts[0].pictures[0].picture
    for url in (upload_url(shown), proxied_url(shown, "f_auto"), proxied_url(shown, "w_424,c_limit,f_webp")):
        response, body = ask(served.origin, url)
        assert (response.status, response.headers["Content-Type"], body) == (200, "image/jpeg", draw(shown))


def test_pinned_picture_is_there_while_the_pin_lives(served, world, ask, draw):
    alive, dead = world.people["ada"].pins
    assert ask(served.origin, pinned_url(alive.picture))[1] == draw(alive.picture)
    assert ask(served.origin, pinned_url(dead.picture))[0].status == 403


def test_picture_in_the_wrong_folder_is_not_served(served, world, ask):
    moved = pinned_url(world.people["ada"].pins[0].picture).replace("/00/00/00/", "/00/00/01/")
    assert ask(served.origin, moved)[0].status == 403


def test_upload_is_as_large_as_its_name_says():
    shown = build(WorldSettings(posts=1, neighbours=False)).publications["demoletters"].posts[0].pictures[0].picture
    with Image.open(io.BytesIO(jpeg(shown))) as image:
        assert (f"_{image.width}x{image.height}.jpeg" in upload_url(shown), image.format) == (True, "JPEG")


def test_picture_is_drawn_once(world, ask):
    drawn = []
    shown = world.publications["ada"].posts[0].pictures[0].picture
    with serve(world, lambda wanted: drawn.append(wanted) or b"jpeg") as site:
        for url in (upload_url(shown), upload_url(shown), proxied_url(shown, "w_424")):
            ask(site.origin, url)
    assert drawn == [shown]
