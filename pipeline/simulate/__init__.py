"""A synthetic world with known associations: its drawing, its words, its truth, and the site that serves it."""
