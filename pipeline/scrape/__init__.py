"""Gathering: what is fetched and imported, how politely, and what it says. Bytes come in, pages and artefacts go out."""
