"""Which pictures stay out because they show a brand, a logo or somebody's fictional character.

Licences of drawings do not cover trademarks. The rules work on names; `SEEN_BY_EYE` lists what only a look
at the contact sheets or the name lists (November 2026) found.
"""

from __future__ import annotations

import re

_BRAND_WORDS = [
    "adobe", "airdrop", "amazon", "android", "apple-logo", "ati", "batman", "bbc", "behance", "bing",
    "bitcoin", "blackberry", "blogger", "bluetooth", "captain-shield", "chrome", "debian", "deku",
    "deviant", "disney", "dragon-balls", "dribbble", "dropbox", "ea", "earpods", "facebook", "firefox",
    "fitbit", "flickr", "gameboy", "github", "google", "gopro", "harry-potter", "icons8", "imdb",
    "instagram", "ipad", "iphone", "itunes", "jenga", "kindle", "linkedin", "linux", "litecoin",
    "mario", "mastercard", "mickey", "microsoft", "minion", "minions", "namecoin", "nook", "osx",
    "pacman", "paypal", "pikachu", "pinterest", "pokeball", "pokemon", "predator", "r2", "r2d2",
    "rapidshare", "reddit", "ripple", "rubik", "safari", "samus", "skype", "snapchat", "soundcloud",
    "spongebob", "spotify", "squarespace", "star-wars", "stumbleupon", "tetris", "tiktok", "tumblr",
    "twitch", "twitter", "ubisoft", "vader", "vespa", "vimeo", "visa", "vk", "vlc", "walkman", "wall-e",
    "wechat", "whatapp", "whatsapp", "wii", "wikipedia", "windows-coding", "wolverine", "youtube",
    "zelda",
]  # fmt: skip

_BRAND_PATTERN = re.compile(rf"(?:^|-)(?:{'|'.join(map(re.escape, _BRAND_WORDS))})(?:-|$)")
_LOGO_PATTERN = re.compile(r"(?:^logo-|-logo(?:-|$))")

SEEN_BY_EYE = {
    "ultimate": {"programming-language-html-5", "file-java", "design-file-ai"},
    "flat-color": {"steam"},
    "game-icons": {
        "alien-stare", "bat-leth", "bat-mask", "batwing-emblem", "boulder-dash", "bullet-bill",
        "companion-cube", "conway-life-glider", "cubeforce", "death-note", "death-star", "diablo-skull",
        "dig-dug", "double-dragon", "i-brick", "j-brick", "james-bond-aperture", "jason-mask",
        "king-ju-mask", "klingon", "koholint-egg", "l-brick", "light-sabers", "magnet-man",
        "master-of-arms", "megabot", "metroid", "mighty-boosh", "morph-ball", "o-brick", "pokecog",
        "quick-man", "s-brick", "saiyan-suit", "sheikah-eye", "snitch-quidditch-ball", "sonic-screech",
        "sonic-shoes", "spock-hand", "star-gate", "staryu", "steam", "super-mushroom", "t-brick",
        "thwomp", "triforce", "tron-arrow", "van-damme-split", "warp-pipe", "z-brick", "zat-gun",
        # no brands, but nothing to meet in a learning app either
        "amputation", "chalk-outline-murder", "decapitation", "gibbet", "slavery-whip", "suicide",
    },
}  # fmt: skip


def is_branded(set_name: str, icon_name: str) -> bool:
    """Whether an icon must stay out of the training data.

    Args:
        set_name: Our short name of the set.
        icon_name: The icon's name in its package: lower-case words joined by hyphens.
    """
    by_eye = icon_name in SEEN_BY_EYE.get(set_name, set())
    return by_eye or bool(_LOGO_PATTERN.search(icon_name) or _BRAND_PATTERN.search(icon_name))
