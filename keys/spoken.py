"""A thumbprint as words that two people compare by telephone.

Whoever can swap a public key on its way to the broker reads everything that is sealed to it. The
remedy is old: the owner reads the key's name aloud to the administrator, over a line the attacker
does not hold. Nobody reads 43 base64 characters without a slip, so twelve words stand for the
first twelve bytes of the RFC 7638 thumbprint, one word a byte: 96 bits, which no attacker finds
a second key for.

The list is part of the format `marac-words/1`. DO NOT reorder, correct or replace a word: a key
would be called something else than what is on a note in somebody's safe.
"""

from typing import Final

from broker.domain.errors import EnvelopeError
from broker.domain.ids import Thumbprint
from keys.encoding import read_b64u

VERSION: Final = "marac-words/1"
WORDS_SPOKEN: Final = 12
WORDS_IN_A_GROUP: Final = 4
"""As many as people keep in mind at once while they listen."""
THUMBPRINT_BYTES: Final = 32
"""SHA-256, RFC 7638 section 3.4."""

_LIST: Final = """
acorn admiral airport album alphabet ambulance apple arcade armchair artist atlas avenue
bagpipes baker balcony bamboo banana bedroom bicycle birthday biscuit blackbird blueberry
bonfire bookshop bottle bracelet breakfast bridge buffalo buttercup cabbage cabin cactus
calendar cardigan carousel carpet cartwheel ceiling cello cherry chestnut chimney chocolate
cinema clockwork clover cobbler coconut coffee compass concert cormorant courtyard cricket
cucumber cupboard curtain cushion daffodil daisy dandelion dashboard decimal desert diamond
dinner diploma dolphin domino doorbell dragonfly drawbridge drummer dumpling eclipse elephant
emerald envelope escalator espresso evening evergreen fairground farmhouse feather fiddle
firework flamingo flannel flute footpath forest fossil freckle freedom gallery garlic giraffe
glacier goldfish gondola granite grapefruit gravel greenhouse guitar hammock hamster harbour
hazelnut hedgehog helicopter helmet hexagon highway holiday hopscotch horizon iceberg indigo
instrument invoice island jackdaw jasmine jersey jigsaw jubilee kangaroo kayak kestrel kingdom
kitchen knapsack lantern lemon leopard lettuce library lifeboat lighthouse lollipop lullaby
lunchbox mackerel mandarin mango marmalade mattress meadow melody microphone midnight monsoon
motorway museum mushroom notebook november nugget oatmeal octopus opera orchard origami
ostrich oxygen paintbrush palace paperclip pasture pavement peacock pelican pencil pepper
photograph picnic pigeon pineapple playground pony postcard potato prairie primrose puffin
puzzle pyramid quartz queen railway rainbow raspberry reindeer rhubarb rosemary rucksack
saffron sailor sandal sapphire saucepan scissors seashell september sheepdog signpost skylark
snowflake spinach spoonful squirrel stadium staircase starfish sunrise sycamore syrup
tambourine tangerine teaspoon telescope thimble thunder toadstool toothbrush tortoise tractor
treasure triangle trombone tulip typewriter umbrella vanilla vegetable village violet volcano
volleyball waistcoat wardrobe waterfall wednesday welcome whirlpool windmill wizard woodland
xylophone yacht yodel zenith
"""
WORDS: Final = tuple(_LIST.split())
"""One for each byte. No two begin with the same four letters, sound alike, or differ by a slip."""


def words_of(thumbprint: Thumbprint) -> tuple[str, ...]:
    """Return the words of a key, in the order in which they are read aloud.

    Raises:
        EnvelopeError: the text is no RFC 7638 thumbprint.

    """
    try:
        digest = read_b64u(thumbprint)
    except ValueError as error:
        raise _no_thumbprint() from error
    if len(digest) != THUMBPRINT_BYTES:
        raise _no_thumbprint()
    return tuple(WORDS[byte] for byte in digest[:WORDS_SPOKEN])


def spoken(thumbprint: Thumbprint) -> str:
    """Return the words as one line, in groups of four with a pause between."""
    words = words_of(thumbprint)
    starts = range(0, WORDS_SPOKEN, WORDS_IN_A_GROUP)
    return ", ".join(" ".join(words[at : at + WORDS_IN_A_GROUP]) for at in starts)


def _no_thumbprint() -> EnvelopeError:
    return EnvelopeError("This is no thumbprint of a key: copy it whole from where it is shown.")
