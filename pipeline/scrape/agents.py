"""Whose names robots.txt, robots meta tags and X-Robots-Tag may say when they speak of training."""

TOKEN = "rhizome"  # noqa: S105 - our own product token
AI_AGENTS = (  # that gather for training, by their operators' documentation
    "GPTBot", "ClaudeBot", "anthropic-ai", "CCBot", "Google-Extended", "Applebot-Extended", "meta-externalagent", "Bytespider", "AI2Bot",
    "cohere-ai", "cohere-training-data-crawler", "img2dataset", "Amazonbot", "Diffbot",
)  # fmt: skip
