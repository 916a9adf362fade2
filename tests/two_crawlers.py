"""A crawler as a process of its own: asks the site at argv[2] for some pages, under the home at argv[1]."""

import sys
from pathlib import Path

from pipeline.people import load_person
from pipeline.scrape.client import Client
from pipeline.scrape.fetched import Ask
from pipeline.scrape.guard import Guard
from pipeline.store import Home

home, origin, person, name = sys.argv[1:5]
client = Client(Home(Path(home)), load_person(Path(person)), name, Guard(origin))
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[5])):
    client.get(Ask(f"https://{'ab'[number % 2]}.substack.com/{name}/{number}", "html"))
