"""The words by which names are told apart. Lower case, without a full stop at the end."""


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Between two people. Those of one letter are initials more often, so they count in their own language alone, or between titles.
SIGNS = frozenset("&+/")
CONNECTORS = frozenset({"and", "und", "et", "och", "og", "en"})
SHORT_CONNECTORS = {"es": "y", "it": "e", "pt": "e", "ca": "i", "pl": "i"}
DASHES = frozenset("-\u2013\u2014")

TITLES = _set(  # English
    "mr mrs ms miss mx master dr doctor prof professor sir dame lady lord rev reverend fr father sister pastor rabbi imam "
    "hon capt captain lt sgt col gen maj "
    # German, Dutch, French, Spanish, Portuguese, Italian, Nordic languages, Polish
    "herr frau hr fr dipl.-ing ing mag dhr mevr mevrouw meneer drs ir m mme mlle monsieur madame sr sra srta señor señora don "
    "doña dn dña dott dottssa sig sigra signor signora d.ssa fru frk pan pani"
)
# Where these stand before a single name, it is a first name.
GIVEN_NAME_TITLES = frozenset({"sir", "dame", "lady", "sister", "father", "don", "doña", "dña", "master"})
# A title only where another one follows: elsewhere it is an initial.
TITLES_BESIDE_TITLES = frozenset(
    {"m", "don", "fr", "sr", "d.ssa", "ing", "pan", "master", "col", "gen", "mag", "ir"}
)

SUFFIXES = _set("jr sr snr jnr junior senior ii iii iv esq esquire phd ph.d md m.d mba qc kc obe mbe")

# Small words that begin a surname.
PARTICLES = _set(
    "van von der den de del della dello di da das do dos du la le les lo ter ten te zu zum zur vom af av bin ibn ben al el mac "
    "san santa st o"
)

# Second halves of first names of two words: whether "Mary Ann & Joe Doe" has an Ann Doe or a Mary Ann cannot be known.
SECOND_GIVEN_NAMES = _set(
    "ann anne anna beth bob carlos christine claude claire elena ellen fernanda fe francois françois grace jane jean jo joe "
    "john josé jose joy kate kay laura lee lena lou louise luc luis luise lynn lynne mae maria maría marie mary may michel "
    "pablo paul philippe pierre ray rose ruth sofia sophie sue teresa therese thérèse yves"
)

# Surnames that their owners write first as often as last.
FAMILY_NAMES_FIRST = _set(
    "nguyen nguyễn tran trần pham phạm huynh huỳnh hoang hoàng phan vu vũ đặng bui bùi ngo ngô wang zhang zhao zhou xu zhu "
    "kim park choi jung tanaka suzuki sato yamamoto nagy szabó tóth horváth"
)

# A company's last words.
_LEGAL_FORMS = _set(
    "ltd limited llc llp lp plc inc incorporated corp corporation pty pte gmbh mbh ohg ug e.v bv b.v nv n.v vof sarl s.a.r.l "
    "eurl sas srl s.r.l s.p.a spa sl s.l s.a lda ltda aps a/s oy oyj aktiebolag doo d.o.o s.r.o sp.zo.o co company"
)
COMPANY_WORDS = _LEGAL_FORMS | _set(
    "studio studios photography photographers photographie fotografie fotografia photo photos films videography weddings "
    "events event planning planners venue venues hotel hotels catering caterers florist florists bakery jewellers jewelry "
    "resort restaurant winery vineyard vineyards brewery agency productions entertainment group associates partners "
    "consulting solutions services school college university foundation trust charity society gallery "
    "magazine media marketing designs"
)
# After a sign: Miller & Sons.
COMPANY_PARTNERS = frozenset(
    {"sons", "son", "daughters", "co", "company", "associates", "partners", "söhne", "sohn", "cie"}
)
# The same letters in another case are a surname, or a word.
COMPANY_IN_CAPITALS = frozenset({"AG", "KG", "AB", "AS", "SA", "SE"})

FAMILY_WORDS = _set("family familie famille familia famiglia familien familjen família household fam")
WEDDING_WORDS = _set("wedding hochzeit mariage boda matrimonio bruiloft bryllup bröllop casamento elopement")
# In place of a second name.
COMPANIONS = FAMILY_WORDS | _set(
    "guest partner partners fiance fiancé fiancee fiancée husband wife kids children friends co-host tbc tbd unknown"
)
NOBODY = _set("n/a na none null nil unknown tbc tbd tba test - -- ? . x")

ROLES = {
    "bride": "bride",
    "b": "bride",
    "groom": "groom",
    "g": "groom",
    "braut": "bride",
    "bräutigam": "groom",
    "partner": "partner",
    "partner 1": "partner",
    "partner 2": "partner",
    "spouse": "spouse",
    "husband": "husband",
    "wife": "wife",
    "fob": "father of the bride",
    "fog": "father of the groom",
    "mob": "mother of the bride",
    "mog": "mother of the groom",
    "sob": "sister of the bride",
    "sog": "sister of the groom",
    "father of the bride": "father of the bride",
    "father of the groom": "father of the groom",
    "mother of the bride": "mother of the bride",
    "mother of the groom": "mother of the groom",
    "moh": "maid of honor",
    "maid of honor": "maid of honor",
    "maid of honour": "maid of honor",
    "bm": "best man",
    "best man": "best man",
    "parent": "parent",
    "mother": "mother",
    "father": "father",
    "mum": "mother",
    "mom": "mother",
    "dad": "father",
    "planner": "planner",
    "wedding planner": "planner",
    "coordinator": "planner",
    "venue": "venue",
    "client": "client",
    "contact": "contact",
}
# Before a number, and no part of a name.
PHONE_LABELS = _set("tel phone ph mobile mob cell m t p c h w home work telefon handy")


def bare(word: str) -> str:
    """A word as these lists spell it."""
    return word.lower().rstrip(".,:")
