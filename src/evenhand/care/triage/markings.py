# ruff: noqa: E501  (a pattern is read whole)
"""What a door leaves on the words, and what was said to be heard sooner: taken off before anything reads them.

Taking it off is what makes the promise hold: texts that differ only in a handle, a hashtag, a follower count, a threat
to post, capitals, a greeting or the sender's name become the same text here, so nothing after this can tell them apart.
Every pattern is bounded, and looks no further than its own sentence.
"""

import re
import unicodedata
from typing import NamedTuple

LONGEST = 200_000  # characters; what is longer is read from both ends, half and half


class Plain(NamedTuple):
    """The words twice: `said` keeps whatever may speak of danger, `matter` is bare of greeting, names and tone;
    `met` are the words of either."""

    said: str
    matter: str
    met: frozenset[str]


def words_of(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


WORD = re.compile(r"\w+")

_SIGNS = {ord(c): "'" for c in "’‘ʼ´`‛′"} | {ord(c): '"' for c in "“”„«»"} | {ord(c): "-" for c in "‐‑‒–—―"}
_SIGNS |= {0xBF: " ", 0xA1: " ", 0xA0: " ", 0x2028: "\n", 0x2029: "\n", 0xDF: "ss", 0x1E9E: "ss"}
_UNSEEN = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]"
)
_ACCENTS = re.compile(r"[\u0300-\u036f]+")
_AGAIN = re.compile(r"([^\W\d]|[!?.,*_=~-])\1{2,}")
_BLANKS = re.compile(r"[ \t\r\x0b\x0c]+")

_ADDRESS = re.compile(r"(?:https?://|www\.)\S{1,2000}|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_HANDLE = re.compile(r"(?<!\w)[@＠]\w[\w.-]{0,80}(?:@[\w.-]{1,80})?")
_HASHTAG = re.compile(r"(?<![\w#＃])[#＃]+(\w[\w-]{0,80})")
# A danger named in a hashtag ("my heater smells of #gas") is still a word: the rules for danger read it as one.
_TAGGED_DANGER = words_of(
    """gas fire smoke gasleak fireinthehouse emergency bomb gun knife humo fuego incendio feuer rauch feu gaz"""
)


def _any(words: str) -> str:
    return "(?:" + "|".join(words.split()).replace("_", " ") + ")"


# --- what was said to be heard sooner ------------------------------------------------------------------------------
_PUBLIC_WORDS = words_of(
    """tweet tweets tweeted tweeting retweet post posts posted posting viral public press media blog blogs blogged
    blogging journalist journalists reporter reporters newspaper newspapers papers news review reviews reviewing
    star stars follower followers subscriber subscribers fans influencer blogger youtuber streamer verified
    twitter facebook instagram tiktok youtube reddit linkedin mastodon bluesky trustpilot yelp google social
    share sharing tv television channel platinum vip gold diamond loyal shame expose exposing tuit tuitear
    tuiteo publico publicar publicare publicarlo subire prensa redes seguidores suscriptores resena resenas
    periodico periodista viralizar twittern twittere posten poste presse zeitung bewertung bewerten follower
    sozialen twitterai tweeter tweete publier publierai abonnes avis reseaux journalistes journaux threads
    whatsapp podcast stories story reels"""
)
_NUMBER = (
    r"(?:\d[\d.,']{0,12}(?:k|m|mio)?|a|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|"
    r"forty|fifty|sixty|eighty|ninety|hundred|hundreds|thousand|thousands|million|millions|dos|tres|cinco|diez|cien|mil|"
    r"miles|millon|millones|zwei|drei|zehn|tausend|tausende|million|millionen|deux|trois|dix|mille|milliers|half|k|m)"
)
_VENUE = (
    r"(?:twitter|x|facebook|fb|insta|instagram|tiktok|youtube|reddit|linkedin|mastodon|bluesky|trustpilot|yelp|google|"
    r"threads|whatsapp|social|media|socials|internet|online|web|everywhere|public|publicly|page|profile|account|blog|"
    r"channel|feed|timeline|story|stories|followers?|subscribers?|fans|friends|readers|world|everybody|everyone|people|"
    r"press|papers?|newspapers?|news|tv|television|local|national|journalists?|reporters?|reviews?|stars?|redes|sociales|"
    r"prensa|seguidores|todos|todo|mundo|presse|zeitung|netz|sozialen|medien|reseaux|sociaux|abonnes|journaux)"
)
_TAIL_WORD = (
    r"(?:this|it|that|these|them|about|on|to|at|in|over|all|my|our|your|you|the|a|an|of|with|for|and|whole|entire|story|"
    r"thing|everything|experience|exchange|conversation|screenshots?|mess|matter|issue|company|service|bad|worst|"
    r"terrible|awful|negative|one|1|two|zero|0|star|online|right|now|today|tonight|tomorrow|soon|then|too|as|well|again|"
    r"already|instead|here|there|also|see|know|how|treat|treated|customers|esto|lo|en|las|los|la|el|mis|mi|tu|su|una|"
    r"mala|malo|de|y|a|das|es|auf|bei|in|den|die|der|alles|uber|euch|sie|eine|schlechte|ca|cela|sur|mes|les|le|tout|"
    + _VENUE[3:-1]
    + "|"
    + _NUMBER[3:-1]
    + ")"
)
_TAIL = rf"(?:[ ,]{{1,3}}{_TAIL_WORD}(?!\w))"
_SOFT = r"(?: (?:also|just|now|then|definitely|gladly|happily|certainly|surely|really|be|going|to|gonna|about|have|had|had_to|planning|ready|start|started|been|already|not|hesitate|so|very|immediately|today|tonight|tomorrow|next|straight)){0,5}"
_WHO = (
    r"(?:(?:i|we|my (?:wife|husband|friends?|family))(?: ?'?(?:ll|m|ve|re|d)\b| will| shall| am| are| can| could| might|"
    r" may| would| have| must| want| need| intend)?|let me|watch me|going|gonna|about|you(?: ?'?ll| will| can)(?: see| read| find| expect| get| hear)?|expect|prepare for|ready for|"
    r"(?:lo )?voy a|(?:lo )?vamos a|lo|ich|wir|je|j|on)"
)
_CLAUSE_WORD = (
    r"(?:you|u|nobody|no|one|anybody|someone|somebody|this|that|it|i|we|me|us|is|isn't|isnt|are|aren't|was|not|do|does|"
    r"don't|dont|doesn't|doesnt|won't|will|can't|cannot|get|gets|got|hear|answer|answers|answered|reply|replies|respond|"
    r"responds|help|helps|helped|fix|fixes|fixed|solve|solves|solved|resolve|resolved|sort|sorted|handle|handled|act|"
    r"back|from|to|out|by|within|in|soon|today|tonight|tomorrow|now|next|the|an|a|my|hour|hours|day|days|minutes|anyone|quickly|"
    r"fast|refund|issue|problem|matter|case|nadie|me|responde|responden|contesta|contestan|no|si|lo|arreglan|ayudan|"
    r"esto|niemand|antwortet|sie|nicht|hilft|antworten|ne|repond|pas|vous|personne|repondez|aidez|\d{1,2})"
)
_LEAD = (
    rf"(?:(?:or|else|otherwise|and|then|so|because|but|o|y|si_no|sonst|oder|und|ou|sinon|et)[ ,]{{1,3}}){{0,3}}"
    rf"(?:(?:if|unless|until|when|once|si|wenn|falls)(?:[ ,]{{1,3}}{_CLAUSE_WORD}(?!\w)){{0,12}}[ ,]{{1,3}}(?:(?:then|so)[ ,]{{1,3}})?)?"
)
_AFTER = rf"(?:[ ,]{{1,3}}(?:if|unless|until|si|wenn|falls)(?:[ ,]{{1,3}}{_CLAUSE_WORD}(?!\w)){{1,12}})?"
_POST_ALONE = (
    r"(?:(?:re)?tweet(?:ing|ed)?|blog(?:ging|ged)?|go(?:ing)? (?:viral|public|(?:straight )?to (?:the |your )?(?:local )?"
    r"(?:press|media|papers?|newspapers?|news|tv|journalists?|reporters?))|(?:call|contact|email|tell|write|inform)(?:ing|ed)?"
    r"(?: to)? (?:the |a |my |your |some )?(?:local |national )?(?:press|media|papers?|newspapers?|news|tv|journalists?|"
    r"reporters?|channel \d{1,2}|followers?|subscribers?|fans)|name and shame|expose|rate you|"
    r"tuitear\w{0,3}|publicar(?:e|lo|emos)?|ir a la prensa|llamar a la prensa|subire|posten|twittern?|twittere|zur presse gehen|"
    r"gehe zur presse|twitterai|publierai|tweeter|vais tweeter|vais publier)"
)
_POST_WITH = r"(?:post|share|write|put|publish|leave|spread|give|upload)(?:ing|ed|d|s)?(?! back)"
_TOLD = (
    r"(?:this|it|that|everything|about|screenshots?|the whole|the entire|my experience|an? (?:bad|terrible|negative|awful|honest|one|1|zero|0)(?:[- ]star)? ?(?:star )?(?:review|rating|comment)?|"
    r"(?:a |the |your |my )?review|(?:one|1|zero|0)[- ]stars?|on " + _VENUE + r"|you (?:on|all|a)|all over)"
)
_THREAT = re.compile(
    rf"(?<!\w){_LEAD}{_WHO}{_SOFT} (?:{_POST_ALONE}|{_POST_WITH}(?: {_TOLD})(?!\w)|(?:a |your |my )?(?:very |really )?"
    rf"(?:bad|terrible|negative|awful|one[- ]star|1[- ]star|zero[- ]star) (?:review|rating|comment)s?)(?!\w)"
    rf"{_TAIL}{{0,25}}{_AFTER}"
)
_THREAT_DE = re.compile(
    r"(?<!\w)(?:(?:sonst|oder|und|dann|ansonsten|wenn niemand (?:antwortet|hilft),?)[ ,]{1,3}){0,2}(?:(?:ich|wir) )?(?:werde|werden|will|wollen)(?: ich| wir)?"
    r"(?: (?:das|es|dies|alles|euch|sie|auf|bei|in|im|den|die|der|allen|alle|meinen?|uber|hier|nun|jetzt|auch|twitter|x|facebook|instagram|tiktok|youtube|netz|internet|"
    r"sozialen|medien|followern|presse|zeitung|offentlich|google|trustpilot|schlechte|eine|bewertung)){1,9} (?:posten|twittern|teilen|veroffentlichen|stellen|machen|melden|bringen|erzahlen|schreiben|bewerten|hinterlassen|abgeben|gehen)(?!\w)"
)
_REACH = re.compile(
    rf"(?<!\w)(?:(?:and|because|since|as|by the way|fyi|with|to|in front of|y|und|et)[ ,]{{1,3}}){{0,3}}"
    rf"(?:(?:i|we|tengo|ich|habe|j'ai|je|ai|you know|know|that)(?:'ve| have| got| do have)?(?: got)? ){{0,3}}"
    rf"(?:(?:over|more|than|about|around|nearly|almost|some|my|our|all|of|a|lot|lots|many|total|mas|de|casi|unos|uber|mehr|als|"
    rf"plus|pres|mis|meine|mes|the|well|roughly|at|least|{_NUMBER[3:-1]})[ -]){{1,8}}"
    rf"(?:(?:twitter|instagram|tiktok|youtube|facebook|loyal|active|social|media)[ -]){{0,2}}"
    rf"(?:followers?|subscribers?|fans|readers|viewers|seguidores|suscriptores|abonnenten|abonnes)(?!\w)"
    rf"(?:[ ,]{{1,3}}(?:on|in|en|auf|sur|watching|reading|who|that|and|they|will|would|all|see|read|hear|this|it|of|about|my|your|here|there|love|like|care|listen|to|me|"
    rf"{_VENUE[3:-1]})(?!\w)){{0,14}}"
)
_STATION = re.compile(
    r"(?<!\w)(?:(?:speaking |and |because |i say this )?(?:i|we)(?:'m| am|'re| are)(?: also)?|as|being|soy|ich bin|je suis)(?: an?| the| your| one of your| un| una| ein| eine)?"
    r"(?: (?:well known|known|famous|popular|verified|big|local|loyal|long standing|longtime|long-time|long term|platinum|gold|"
    r"diamond|premium|vip|valued|best|top|travel|food|tech|fashion|investigative)){0,3}"
    r" (?:influencer|blogger|youtuber|streamer|vlogger|journalist|reporter|celebrity|vip|(?:verified|platinum|gold|diamond|vip|premium) "
    r"(?:account|user|member|customer|client)|creator|podcaster|periodista|journaliste|journalistin|influencerin)s?(?!\w)"
    r"(?:[ ,]{1,3}(?:on|with|at|for|in|of|and|a|an|the|my|big|large|huge|audience|reach|followers?|"
    + _VENUE[3:-1]
    + r")(?!\w)){0,8}"
    r"(?:[ ,]{1,3}(?:and )?i(?:'ve| have)(?: got)? an? (?:\w{1,12} )?(?:audience|reach|following|platform|community))?"
)

# --- tone -----------------------------------------------------------------------------------------------------------
_TONE_WORDS = words_of(
    """thank thanks thankful grateful glad obliged appreciate sorry gracias agradeceria agradezco disculpe
    disculpen dank merci wrong matter kind so please pls plz kindly urgent urgently asap fuck fucking fucked fuckin shit shitty bullshit damn goddamn
    damned hell wtf ffs idiots idiot morons moron incompetent stupid ridiculous unacceptable disgusting pathetic
    disgrace disgraceful outrageous clowns crap crappy bitte svp urgente urgentemente dringend porfavor favor
    plait lease joder mierda idiotas inaceptable verdammt scheisse putain merde politely kind sake"""
)
_TONE = re.compile(
    r"(?<!\w)(?:(?:many thanks|thanks?|thank you)(?: (?:so|very) much| a lot)? in advance(?: for (?:your|any|the) (?:help|time|answer|reply|support|attention))?|"
    r"(?:i|we)(?:'d| would)(?: really| very much| greatly| so)? (?:appreciate|be (?:so |very |most |really |extremely )?(?:thankful|grateful|glad|obliged))(?: (?:it|that|this|for|if|you|could|would|a|an|any|your|help|reply|answer|quick|swift|look|into|at|about))*|"
    r"(?:i am |i'm |so |very )*sorry (?:to|for)(?: the| any)? (?:trouble|bother\w*|disturb\w*|troubling|inconvenience)(?: you)?(?: (?:with|about) (?:this|that|it))?|(?:would|could) you be so kind(?: as)?(?: to)?|"
    r"what(?: on earth| exactly)?(?: the (?:hell|fuck|heck))? ?(?:is|are|'s) (?:wrong|the matter) with (?:you|them)(?: people| guys| lot| all)?|"
    r"(?:muchas |mil )?gracias (?:de antemano|por (?:su|la) (?:atencion|ayuda|tiempo))|(?:se )?l[eo]s? agrade(?:ceria|zco)(?: (?:una|su|la|mucho|pronta|respuesta|ayuda))*|disculpen? (?:la|las) molestias?|(?:vielen )?dank im voraus|merci d'avance|please|pls|plz|kindly|could you please|(?:it is |it's |this is |very |so |super )*urgent(?:ly)?|asap|"
    r"(?:the |a )?f+u+c+k+(?:ing?|ed|in)?(?: you| off)?|(?:bull)?shit(?:ty)?|(?:god)?damn(?:ed)?|(?:what |why |where |who )(?=the (?:hell|fuck))|"
    r"(?:the |bloody )hell|wtf|ffs|for (?:god|christ|heaven)'?s sake|(?:you |bunch of |complete |utter |total |absolute )*"
    r"(?:idiots?|morons?|clowns|incompetents?)|(?:this|it|that)(?: is|'s)(?: (?:absolutely|completely|totally|just|so|really|utterly|simply))?(?: an?)? (?:ridiculous|unacceptable|disgusting|pathetic|disgrace|"
    r"disgraceful|outrageous|stupid)|(?:ridiculous|unacceptable|disgusting|pathetic|disgraceful|outrageous|incompetent|stupid)|crap(?:py)?|bitte|svp|s'il (?:vous|te) plait|por ?favor|"
    r"(?:es |muy )?urgente(?:mente)?|dringend|joder|(?:que |de )?mierda|verdammt\w{0,3}|scheisse|putain|merde)(?!\w)[!,]{0,3}"
)

# --- greeting, names, sign-off ----------------------------------------------------------------------------------------
_SUBJECT = re.compile(r"^\W*(?:(?:re|fw|fwd|aw|wg|rv|tr|subject|asunto|betreff|objet)(?:\[\d{1,3}\])?\s{0,3}:\s{0,5})+")
_TITLE = r"(?:mr|mrs|ms|miss|dr|sir|madam|sirs|ma'am|senor|senora|senores|herr|frau|damen|herren|und|monsieur|madame|and|or|team|all|everyone|everybody|there|friends|folks|support|customer|service|services|care|ladies|gentlemen|todos|equipo|zusammen|or|y)"
_HI = (
    r"(?:h+i+|he+y+a?|hello+|good (?:morning|afternoon|evening|day)|morning|greetings|to whom it may concern|dear|hola|buen(?:os dias|as tardes|as noches|as| dia)|"
    r"estimad[oa]s?|querid[oa]s?|guten (?:tag|morgen|abend)|hallo|moin|gruss gott|servus|sehr geehrter?|liebe[rs]?|bonjour|bonsoir|salut|cher|chere|chers)"
)
_GREETING = re.compile(
    rf"^(?:\W*{_HI}(?!\w)(?:[ .]{{1,2}}{_TITLE}(?!\w)){{0,5}}\.?(?:[ ]{{1,2}}[^\W\d]['\w.-]{{0,20}}){{0,3}}(?=\s{{0,2}}[,!:\n]|\s{{0,2}}$|\s-)[\s,!:.-]*"
    rf"|\W*{_HI}(?!\w)(?:[ .]{{1,2}}{_TITLE}(?!\w)){{0,5}}[\s,!:.;-]*)+"
)
_DEVICE = re.compile(
    r"(?:^|(?<=[\s.,!?]))(?:sent (?:from|via|using) (?:my |a )?[\w .]{2,30}|get outlook for \w{3,10}|enviado desde (?:mi )?[\w ]{2,20}|"
    r"von meinem \w{2,12} gesendet|gesendet von (?:meinem )?\w{2,12}|envoye de (?:mon )?\w{2,12}|download the app)\W*$",
    re.M,
)
_MY_NAME = re.compile(
    r"(?<!\w)(?:and )?(?:my name is|my name's|i am called|me llamo|mi nombre es|mein name ist|ich heisse|je m'appelle|mon nom est) "
    r"(?!mis|wrong|not|spel|still|on |in |written|incorrect|correct|different|gone|mal |falsch|nicht|no |missing|mit |absent|also)"
    r"[^\W\d]['\w.-]{0,25}(?: [^\W\d]['\w.-]{0,25}){0,3}?(?=[.,;!\n]|$|(?: and| y| und| et)(?: i| my| yo| mi| ich| je)\b)[.,;!]?(?: (?:and|y|und|et)(?= ))?"
)
_FAREWELL = (
    r"(?:(?:with |all )?(?:my |the )?(?:very )?(?:kind(?:est)?|best|warm(?:est)?) ?(?:regards|wishes)|regards|sincerely(?: yours)?|yours(?: (?:truly|faithfully|sincerely))?|respectfully|all the best|"
    r"best|(?:un |muchos )?(?:cordial(?:es)? )?saludos?(?: cordiales)?|atentamente|mit (?:freundlichen|besten|lieben) grussen|(?:viele|liebe|beste) grusse|mfg|lg|"
    r"(?:bien )?cordialement|bien a vous|salutations)"
)
_POLITE_END = r"(?:many thanks|thanks?(?: you)?|thank you|thx|ty|cheers|(?:muchas |mil )?gracias|(?:vielen )?dank|danke|merci)(?: (?:in advance|again|a lot|so much|very much|a million|de antemano|im voraus|d'avance|schon|beaucoup))?"
_NOT_A_NAME = r"(?!(?:for|to|you|so|that|it|it's|this|i|i'm|a|an|the|and|but|my|your|all|now|everyone|in|as|very|por|a|al|para|fur|an|pour|de|who|with|god|goodness|is|are|was|guys)\b)"
_NAME = r"[^\W\d]['\w.-]{0,20}(?:[ \n]{1,2}[^\W\d]['\w.-]{0,20}){0,3}"
_SIGN_OFF = re.compile(rf"(?:^|[\s.,;!?-]){_FAREWELL}(?!\w)[\s,.!-]{{0,6}}(?:{_NAME})?\W{{0,12}}$")
_POLITE_OFF = re.compile(
    rf"(?:^|[\n.,;!?-]\s{{0,3}}|(?<=\w) )({_POLITE_END})(?!\w)(?:[\s,.!-]{{1,6}}{_NOT_A_NAME}{_NAME})?\W{{0,12}}$"
)
_DASHED_NAME = re.compile(rf"(?:\n\s{{0,3}}--? ?\n?|\n\n?- ?)(?:{_NAME})(?:\n{_NAME}){{0,3}}\W{{0,12}}$")

_NAME_WORDS = frozenset(["name", "name's", "llamo", "nombre", "heisse", "appelle", "nom", "called"])
_END_WORDS = frozenset(
    [
        "sent",
        "outlook",
        "enviado",
        "gesendet",
        "envoye",
        "download",
        "regards",
        "wishes",
        "sincerely",
        "yours",
        "respectfully",
        "best",
        "saludos",
        "saludo",
        "atentamente",
        "grussen",
        "grusse",
        "mfg",
        "lg",
        "cordialement",
        "vous",
        "salutations",
        "thanks",
        "thank",
        "thx",
        "ty",
        "cheers",
        "gracias",
        "dank",
        "danke",
        "merci",
    ]
)


def fold(words: str) -> str:
    """Small letters, no accents, no unseen characters: what capitals and keyboards do is gone."""
    if len(words) > LONGEST:
        words = words[: LONGEST // 2] + "\n" + words[-LONGEST // 2 :]
    if not words.isascii():
        words = _ACCENTS.sub("", unicodedata.normalize("NFKD", words.translate(_SIGNS)))
    return _UNSEEN.sub("", words.casefold())


def strip(words: str) -> Plain:
    """The words as triage may read them. Never raises; takes time in proportion to the length."""
    text = fold(words)
    if "@" in text or "//" in text or "www." in text or "＠" in text:
        text = _HANDLE.sub(" ", _ADDRESS.sub(" ", text))
    if any(sign * 3 in text for sign in set(text)):
        text = _AGAIN.sub(r"\1", text)
    bare = text
    if "#" in text or "＃" in text:
        bare = _HASHTAG.sub(" ", text)
        text = _HASHTAG.sub(lambda tag: f" {tag[1]} " if tag[1] in _TAGGED_DANGER else " ", text)
    met = frozenset(WORD.findall(text))
    said = _quiet(text, met)
    matter = said if bare is text else _quiet(bare, met)
    matter = _without_names(matter, met)
    return Plain(said, matter if _TONE_WORDS.isdisjoint(met) else _TONE.sub(" ", matter), met)


def _quiet(text: str, met: frozenset[str]) -> str:
    """Without threats to post, reach and station."""
    if not _PUBLIC_WORDS.isdisjoint(met):
        for pattern in (_THREAT_DE, _THREAT, _STATION, _REACH):
            text = pattern.sub(" ", text)
    return _BLANKS.sub(" ", text)


def _without_names(text: str, met: frozenset[str]) -> str:
    text = text.strip(" \n-.,;!*")
    if ":" in text[:40]:
        text = _SUBJECT.sub("", text)
    text = _GREETING.sub("", text)
    if not _NAME_WORDS.isdisjoint(met):
        text = _MY_NAME.sub(" ", text)
    if _END_WORDS.isdisjoint(met) and "\n" not in text[-240:]:
        return text
    head, tail = text[:-240], text[-240:]
    for _ in range(4):
        shorter = tail
        for pattern in (_DEVICE, _DASHED_NAME, _SIGN_OFF):
            without = pattern.sub("", shorter)
            if head or WORD.search(without):  # what is said by nothing else is no sign-off
                shorter = without
        polite = _POLITE_OFF.search(shorter)
        if polite:
            before = shorter[: polite.start()]
            shorter = before if head or WORD.search(before) else before + polite[1]
        if shorter == tail:
            break
        tail = shorter
    return head + tail
