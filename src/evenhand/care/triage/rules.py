# ruff: noqa: E501  (a pattern is read whole)
"""Rules for danger and for a customer's own deadline. They fail safe: a rule can raise a need, never lower one.

A rule is looked at only when one of its trigger words is there, so words without any cost next to nothing.
All patterns read folded text (`markings.fold`): small letters, no accents.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from evenhand.care.triage.markings import WORD, words_of


@dataclass(frozen=True)
class Rule:
    """name: as the judgement tells it. pattern: what raises. unless: read in the 60 characters around a find, what
    makes it harmless. also: must be somewhere in the text too. is_deniable: "no smoke" is no smoke."""

    name: str
    triggers: frozenset[str]
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    also: re.Pattern[str] | None
    is_deniable: bool


_DENIED = re.compile(
    r"(?:^|[^\w])(?:no|not|never|without|nor|isn't|wasn't|aren't|didn't|doesn't|nothing|sin|ningun\w{0,2}|nunca|kein\w{0,2}|nicht|ohne|pas de|aucune?|sans)"
    r" (?:(?!sure\b|only\b|just\b|know\b|but\b|answer|joking|kidding|one\b|body\b|angry|happy|again|good|ok\b|seguro|solo|pero|aber|mais|sicher|nur)\w{1,12} )?$"
)


def _rule(name: str, triggers: str, pattern: str, unless: str = "", also: str = "", is_deniable: bool = True) -> Rule:
    return Rule(
        name=name,
        triggers=frozenset(triggers.split()),
        pattern=re.compile(rf"(?<!\w)(?:{pattern})"),
        unless=re.compile(rf"(?<!\w)(?:{unless})") if unless else None,
        also=re.compile(rf"(?<!\w)(?:{also})") if also else None,
        is_deniable=is_deniable,
    )


_W = r"(?:[ ,]+[\w'-]{1,20})"  # a word between
_PERSON = (
    r"(?:me|him|her|us|them|myself|himself|herself|you|my \w{1,12}|our \w{1,12}|his \w{1,12}|the (?:kids?|child|children|baby|family|driver|passengers?|staff|clerk|nurse)|"
    r"somebody|someone|people|passengers|children|kids|everyone)"
)
_BODY = r"(?:hand|hands|arm|arms|face|leg|legs|foot|feet|finger|fingers|eye|eyes|skin|mouth|tongue|throat|head|neck|back|lap|thigh|son|daughter|child|baby|kid|boy|girl|grandson|granddaughter|wife|husband|mother|father|mom|mum|dad)"
_PLUGGED = r"(?:plug|socket|outlet|charger|cable|cord|battery|batteries|wire|wiring|fuse box|adapter|laptop|phone|toaster|kettle|dryer|machine|boiler|heater|stove|oven|fridge|lamp|engine|bus|train|tram|car|hood|bonnet|transformer|meter|switch|tv|blender|scooter|bike|hoverboard|power bank|blanket|microwave|monitor|printer|fan|appliance|unit|panel|it)"
_WEAK = r"(?:bab(?:y|ies)|newborn|infant|toddler|pregnant|elderly|(?:8|9)\d(?: years?)?|freezing|minus|below zero|hypothermia|small child\w*|little (?:one|kid)s?|sick (?:child|kid|son|daughter)|two year old|months? old|\d degrees|oxygen|disabled|wheelchair|old (?:man|woman|lady|mother|father)|bebe|ninos?|nina|recien nacid[oa]|anciana?o?|abuel[oa]|enferm[oa]|embarazada|congel\w+|neugeboren\w*|kleinkind|saugling|kind|kinder|oma|opa|schwanger|nouveau[- ]ne|enfants?|nourrisson|agee?|enceinte)"
_PILLS = r"(?:insulin|medicines?|medications?|meds|tablets|pills|inhaler|epipen|oxygen|heart pills|antibiotics|chemo|painkillers|seizure drugs?)"
_PILLS_ES = r"(?:insulina|medicinas?|medicamentos?|pastillas|oxigeno|inhalador|remedios?)"

DANGER: tuple[Rule, ...] = (
    _rule(
        "gas",
        "gas gases leak leaking leaks fuga gaz gasgeruch gasleck gasleak propane butane fuel petrol",
        rf"(?:smell\w*|stink\w*|reek\w*|odou?r|whiff){_W}{{0,4}} (?:gas|propane|petrol|fuel)(?!\w)|gas(?:es)?(?: \w+){{0,2}} (?:smell|odou?r|leak|stench)\w*|gas{_W}{{0,2}} (?:leak|escap|hiss)\w*|leak\w*{_W}{{0,4}} gas(?!\w)|"
        rf"gas (?:pipe|line|hose|tap|hob|valve|main|meter|stove|bottle){_W}{{0,5}} (?:leak|brok|burst|crack|hiss|ruptur|open|smell|stink|cut|hit)\w*|gas everywhere|gasleak|"
        r"hue(?:le|lo|l)(?: \w+){0,4} a gas|olor(?: \w+){0,2} a gas|(?:fuga|escape)(?: de)? gas|gas(?: \w+){0,2} (?:fuga|escap)\w*|tuberia de gas|"
        r"riecht(?: \w+){0,4} nach gas|nach gas(?: \w+){0,3} riech\w*|gas(?:geruch|leck|austritt)|gas (?:tritt|stromt) aus|sent(?: \w+){0,3} le gaz|(?:odeur|fuite)(?: \w+){0,2} (?:de )?gaz",
        unless=r"smells? like gas money|how do i report|in (?:the )?future|leak(?:ed)? (?:my|our|the) (?:data|info\w*)",
    ),
    _rule(
        "carbon monoxide",
        "monoxide monoxido kohlenmonoxid monoxyde co rotten",
        rf"carbon monoxide(?! (?:detector|alarm|sensor|sensors|detectors|alarms))|(?:carbon monoxide|co) (?:detector|alarm|sensor)s?{_W}{{0,5}} (?:off|beep\w*|sound\w*|ringing|red|chirp\w*|blar\w*|scream\w*)|rotten eggs? smell|smell\w*{_W}{{0,3}} rotten egg|monoxido|kohlenmonoxid|monoxyde",
        unless=r"(?:do you|where can i) (?:sell|buy)",
    ),
    _rule(
        "smoke",
        "smoke smoking smokes smoldering smouldering humo rauch raucht qualmt qualm fumee fume smoky",
        rf"smoke (?:is|was|came|comes|coming|pour\w*|from|out|everywhere|in|inside|fill\w*|all over|rising|billow\w*)(?!\w)|(?:full of|there'?s|there is|there was|see|saw|seeing|smell|smells|filled with|black|thick|white|lots of|some|with|and) smoke(?! (?:detector|alarm|free|break|test|sensor|signal|shop|screen|area|meat|colou?r|glass|gr[ae]y)s?)(?!\w)|"
        rf"^\W*(?:help )?smoke\W*$|{_PLUGGED}(?: \w+){{0,1}}(?: is| was| started| starts| keeps| begins| began|'s)(?: \w+)? smoking|smo(?:u)?ldering|"
        r"(?:sale|salio|saliendo|echa|echando|hay|huele a|olor a|lleno de|mucho)(?: \w+)? humo|humo (?:en|negro|por|sale)|(?:kommt|aus|steigt|viel|starker)(?: \w+){0,2} rauch|rauch (?:kommt|im|in der|aus|steigt)|(?:raucht|qualmt)|fumee (?:sort|noire|dans|partout)|(?:de la|sort de la) fumee",
        unless=r"smoke[- ]?free|smok\w* (?:area|section|policy|ban|room)|cigar\w*|vap(?:e|ing)|how do i install",
    ),
    _rule(
        "fire",
        "fire fires flames flame burning burns burned burnt burn burst ablaze scorched scald scalded singed incendio incendiado incendio quema quemo queme quemando llamas fuego feuer brennt brand verbrannt flammen feu incendie flammes brulee brule bruler brulure incendi quemaron quemado",
        rf"(?:caught|catch\w*|set|sets|start\w*|burst\w*|went up){_W}{{0,3}} (?:fire|flames)(?!\w)|(?:is|was|are|were|'s|being|still|house|home|building|kitchen|flat|car|bus|train|van|charger|battery|oven|engine|machine) on fire(?!\w)|there(?:'s| is| was| are){_W}{{0,3}} (?:fire|fires|flames)(?! (?:sale|exit|drill|alarm|station|place|extinguisher|hydrant|pit|tv|stick|truck|test|safety|department|risk|hazard|escape|door|doors))(?!\w)|"
        rf"(?:^|[.!?] ?)\W*(?:help )?fire(?! (?:sale|exit|drill|alarm|station|place|extinguisher|hydrant|pit|tv|stick|truck|safety|department|escape|door|doors|the|him|her|your))(?= in| at| on|\W*$)|(?:a |the |kitchen |house )fire (?:in|at|on) (?:the|my|our|his|her|a)(?!\w)|in flames|ablaze|flames{_W}{{0,2}} (?:came|come|coming|shot|shoot\w*|out|from|every\w*)|"
        rf"(?:house|building|roof|flat|apartment|bin|car|bus|shop|store|forest|field|trash|container|kitchen|shed|next door|it|socket|outlet|eyes|throat|skin){_W}{{0,3}} (?:is|are|was|were|'s|keeps|started) burning|burning (?:smell|plastic|rubber|smells)|smell\w*{_W}{{0,3}} (?:burning|burnt|burn|fire)(?!\w)|"
        rf"(?:burnt|burned|burns?|scalded|scorched|singed)(?: \w+){{0,1}} (?:my|his|her|our|their|the)(?: \w+){{0,2}} {_BODY}(?!\w)|(?:bad|severe|second degree|third degree|got|has|have|suffered|gave){_W}{{0,3}} burns?(?: on|\W*$)|(?:nearly|almost){_W}{{0,3}} (?:burn\w*|set){_W}{{0,2}} (?:down|alight|house|place)|fire hazard|"
        r"se (?:esta |esta )?(?:incendi|prendi)\w+|incendi(?:o|ado|ando|aron)|hay (?:un )?(?:fuego|incendio)|en llamas|llamas|se (?:esta )?quem(?:a|ando|o|aron)|me queme|quemaduras?|prendio fuego|feuer(?! ?(?:loscher|wehr|werk|zeug))(?: gefangen| im| in|!|$)|in flammen|es brennt|brennt (?:es|im|in|das|die|der)|verbrannt|pris feu|prend feu|il y a le feu|au feu|incendie|en flammes|brulee?s? (?:a|au|la|le)|s'est brule",
        unless=rf"(?:staff|team|you guys|you were|they were|agent|agents|service|sales|chef|band|driver|colleagues?|he was|she was|everyone){_W}{{0,4}} on fire|on fire (?:today|with|lately)|burn(?:ing|ed|t)? (?:a )?(?:cd|dvd|calories|question|bridges|money|through|out)|fire ?(?:sale|stick|tv|works)|burned out after|in case of|if there (?:is|was|were)|safety|extintor|years ago|20 years",
    ),
    _rule(
        "explosion",
        "explode exploded explodes exploding explosion explosions blew bang explotado exploto exploten explota explosion reventado revento explodiert explosionen explose explosé bursting detonated bomb bomba bombe",
        r"explod\w{1,4}|explosions?|blew (?:up|off|out)|went bang|explot\w{1,5}|explodiert|explos(?:e|ion)|(?:a |the )bomb(?! of)(?: in| on| at| threat|\W*$)|bomb (?:in|on|at|under)|(?:una|hay) bomba|(?:eine|ist) bombe|une bombe",
        unless=r"(?:bill|bills|price|prices|cost|costs|debt|fees?|sales|inbox|phone with|interest|balance){0,1}(?: has| have)? explod\w+ (?:in price|to \$)|(?:bill|bills|price|prices|cost|costs|debt|fees?|interest|balance|head|mind)(?: \w+){0,3} (?:explod|blew)\w*|blew (?:up|off) (?:at|my phone|on (?:social|twitter|me)|my (?:call|email|appointment)s?)|blew (?:me )?off|minds?(?!\w)|population",
    ),
    _rule(
        "electricity",
        "shock shocks shocked electrocuted electrocution jolt wire wires sparks spark sparked sparking sparky socket outlet plug charger fuse line lines cable cables cord descarga corriente calambre chispas chispa cable enchufe stromschlag funken kabel decharge electrocute etincelles electrique electrified zap zapped battery swelling melting melted",
        rf"electric\w*(?: \w+)? shocks?(?!\w)|electrocut\w{{0,4}}|(?:got|gets|get|getting|give|gives|gave|giving|received|had){_W}{{0,3}} (?:shocks?|jolts?|zap)(?= from| when| off| by| while| each| every| touching| of elec|\W*$)|shocked (?:by|when|from)(?: touching| the (?:plug|socket|lamp|machine|washer|handle|rail|pole|post|fence|wire|kettle))|(?:live|bare|exposed|loose|frayed|hanging|dangling|open) (?:electric\w* |power )?(?:wires?|wiring|cables?)|(?:wires?|cables?|power ?lines?|lines?){_W}{{0,3}} (?:down|hang\w*|dangl\w*|sticking out|exposed|fell|on the (?:ground|road|street|pavement|sidewalk))(?!\w)|downed (?:power ?)?lines?|"
        rf"sparks(?: \w+){{0,3}} (?:out|fly\w*|flew|from|when|coming|shoot\w*|everywhere)|(?:there (?:are|were)|shoot\w*|throw\w*|see|saw|got|with) sparks|{_PLUGGED}{_W}{{0,3}} (?:spark\w*|melt\w*|swell\w*|swollen|bulging|hissing|scorch\w*|zapped)(?!\w)|(?:plug|socket|outlet|charger|cord|battery){_W}{{0,4}} (?:too hot|so hot|very hot|boiling hot|red hot|hot to)|zapped me|"
        r"descarga (?:electrica|de corriente)|(?:me|le|nos) (?:dio|da|pasa|paso)(?: \w+){0,3} (?:corriente|calambres?|toque|descarga)|(?:recibio|recibi)(?: \w+){0,2} (?:calambre|descarga)|chispas?(?!\w)|cables? (?:pelad|suelt|caid|colgando|expuest)\w*|stromschlag|einen schlag (?:von|bekommen)|funken|(?:offen\w{0,2}|blank\w{0,2}|lose\w?) (?:strom)?kabel|decharge electrique|electrocut\w*|etincelles|fil (?:electrique )?(?:denude|a nu|par terre)",
        unless=r"(?:bill|price|fee|charge|statement|invoice|sticker|culture) shock|shock(?:ed)? (?:at|to (?:see|find|learn|hear)|that)|sparks? (?:joy|my interest|the idea)|sparkling|spark plug|waiting (?:on|in) (?:the )?line|phone lines?|credit lines?|lines? (?:is|are|was|were|went) (?:down|dead)(?! (?:across|on|over|in the (?:road|street|yard)))|internet|(?:my |the |your )?line down since",
    ),
    _rule(
        "swallowed or choking",
        "swallow swallowed swallows choking choked choke chokes tragado trago ahogando ahoga ahogo asfixia verschluckt erstickt avale etouffe drank drunk drink ingested ate",
        rf"(?:son|daughter|child|kid|kids|baby|toddler|boy|girl|dog|cat|puppy|grandson|granddaughter|grandchild|niece|nephew|he|she|i|old|one|patient|guest|wife|husband|mother|father){_W}{{0,3}} (?:swallowed|ingested|choked|choking|is choking|choke)(?!\w)|swallowed (?:a|an|the|part|one|some|two) |chok(?:ing|ed|es?)(?: on| hazard|\W*$)|(?:son|daughter|child|kid|baby|toddler|boy|girl|dog|he|she|who|old){_W}{{0,2}} (?:drank|drunk|ate|ingested){_W}{{0,4}} (?:bleach|cleaner|detergent|chemicals?|poison|pesticide|battery|batteries|pods?|antifreeze|magnets?|pills|glue)|"
        r"se (?:ha )?trag(?:o|ado|aron)|(?:se|esta)(?: \w+)? ahog(?:ando|o|a)|asfixi\w+|verschluckt|erstickt|(?:a|ai|avait) avale|s'etouffe",
        unless=rf"(?:atm|machine|cash ?point|kiosk|parking){_W}{{0,5}} swallowed|swallowed (?:my |the |our |your |up )?(?:\w+ )?(?:card|cards|ticket|tickets|money|coins?|notes?|cash|pride|bank ?card|payment|fees?)|(?:cajero|maquina){{1}}{_W}{{0,5}} trag\w+|trago (?:mi|la|el|mis) (?:tarjeta|dinero|boleto|billete)|(?:distributeur|automate|machine){_W}{{0,4}} avale|avale (?:ma|la|mon) (?:carte|argent|billet)|choking (?:my|our) budget|hard to swallow",
    ),
    _rule(
        "poison or contamination",
        "poisoned poisoning poison intoxicated intoxicacion intoxicamos intoxico intoxicaron vergiftung vergiftet intoxication glass shards metal needle needles razor mould mold vidrio vidrios glassplitter glasscherben glas verre fumes bleach chemical chemicals asbestos vomiting veneno maggots contaminated tainted",
        rf"food poisoning|(?:been|got|was|were|is|are|being) poisoned|poison(?:ed|ing) (?:my|our|me|the)|(?:glass|shards?|metal|needles?|razor\w*|nails?|plastic|mou?ld|maggots|wire|screws?|blade){_W}{{0,3}} in(?:side)?{_W}{{0,2}} (?:food|jar|bread|cereal|formula|baby|yogh?urt|salad|soup|meal|milk|bottle|sandwich|burger|drink|water|rice|can|chocolate|puree|pouch|candy|cake|pizza)(?!\w)|glass shards|chemical (?:spill|leak|smell|burn)s?|asbestos|(?:children|kids|baby|son|daughter|we|all|family|guests|people){_W}{{0,4}} vomiting|toxic (?:fumes|smoke|gas)|fumes (?:in|are|from|coming)|"
        r"(?:me|nos|se) intoxi\w+|intoxicacion|vidrios? en|veneno|vergiftet|lebensmittelvergiftung|glas(?:splitter|scherben)|intoxication|empoisonn\w+|(?:morceaux? de |du )verre dans",
        unless=r"poison(?:ed|ing)? (?:the well|pill)|wine glass|glasses|safety data",
    ),
    _rule(
        "breath, heart, collapse",
        "breathe breathing breath unconscious collapsed collapse fainted fainting bleeding bleeds blood seizure seizures stroke anaphylaxis anaphylactic allergic heart chest overdose overdosed respirar inconsciente desmayo desmayado sangrando sangra sangre alergica bewusstlos blutet atmen luft herzinfarkt ohnmachtig respirer inconscient inconsciente saigne evanoui infarto allergische ambulance stroke concussion dizzy",
        rf"(?:can'?t|cannot|can not|not|hard to|trouble|difficulty|couldn'?t|struggling to|unable to|stopped|barely){_W}{{0,1}} breath(?:e|ing)(?!\w)(?! room| space)|unconscious|(?:he|she|who|man|woman|lady|mother|father|son|daughter|passenger|customer|husband|wife|dad|mom|mum|child|person|somebody|someone|guy|just|has|grandmother|grandfather|neighbou?r|sister|brother|patient|colleague|driver){_W}{{0,3}} (?:collapsed|fainted|passed out)|fainting|(?:is|are|am|was|were|started|keeps|mouth|head|nose|heavily|badly|still|son|daughter|child){_W}{{0,2}} bleeding(?! (?:money|cash|me dry|us dry))|bleed(?:ing|s) (?:from|badly|heavily|profusely)|(?:having|has|had|have|get|got|severe|an?) (?:an? )?(?:\w+ )?(?:seizures?|allergic reaction|heart attack|stroke)(?! of (?:luck|genius|the pen))(?!\w)|anaphyla\w+|chest pains?|pains? in (?:my|his|her|the) chest|overdosed?(?!\w)|call(?:ed|ing)? an ambulance|need an ambulance|"
        r"no (?:puede|puedo|podia) respirar|inconsciente|se desmay\w+|(?:esta|estoy|sigue|va) sangr\w+|sangra(?:ndo)?|reaccion alergica|(?:un )?infarto|dolor en el pecho|bewusstlos|blutet|(?:nicht|keine luft)(?: \w+){0,2} (?:atmen|bekomm\w+)|keine luft|herzinfarkt|ohnmachtig|allergische reaktion|(?:peut|peux) (?:plus|pas) respirer|inconsciente?|saigne|evanouie?|crise cardiaque|reaction allergique",
        unless=r"(?:gave|give|gives|giving|nearly|almost)(?: \w+){0,3} (?:a )?(?:heart attack|stroke)|heart attack (?:when i (?:saw|opened)|over)|(?:in|since|during|from|year|years ago|last|when i|after (?:my|a|his|her)|recover\w*)(?: \w+){0,6} (?:heart attack|stroke|seizure|overdose)|ambulance (?:bill|ride|service|fee|charge|company|cost|debt|transport)",
    ),
    _rule(
        "self-harm",
        "pills rope razor noose way jump jumping saltar suicide suicidal suicidarme suicidar suicidio suicida kill life die dead live alive myself himself herself vida vivir morir matarme dano umbringen leben sterben selbstmord suizid suicider mourir tuer jours goodbye selbst ending end",
        r"(?:have|got|holding|took|taken|take)(?: \w+){0,4} (?:pills|rope|razor|noose)(?: \w+){0,3} (?:in front of me|in my hand|and (?:i|nobody|that)|ready)|no way out|goodbye (?:letter|note)|(?:jump|jumping) (?:off|from)(?: \w+){0,2} (?:bridge|roof|building|platform|window)|saltar (?:del|de la)|suicid(?:e|al|ar|arme|io|a|er|aire)(?!\w)(?! (?:squad|doors?|mission|prevention training))|kill(?:ing)? (?:myself|himself|herself|themsel\w+)|end(?:ing|ed)? (?:my|his|her|their) (?:own )?life|end it all|(?:take|taking|took) (?:my|his|her|their) own li(?:fe|ves)|(?:don'?t|do not|doesn'?t|no longer) want to (?:live|be alive|be here any ?more|wake up|exist|go on living)|(?:want|wants|wanted|wish\w*|ready|going|like) to die(?!\w)|wish (?:i|he|she) (?:was|were) dead|(?:hurt|harm|cut)(?:ing)? (?:myself|himself|herself)(?! (?:off|short))|better off (?:dead|without me)|(?:no|nothing|any|nothing left|don'?t have (?:a|any)) (?:reason )?(?:left )?to live for|no reason to live|can(?:'?t|not) go on(?: \w+){0,2}(?: living| any ?more|\W*$)|thinking about ending it|ending it all|self[- ]harm|"
        r"quitar(?:me|se) la vida|no quier[oe] (?:seguir )?vivi[re]\w*|(?:quiero|quiere|ganas de) morir\w*|matarme|hacerme dano|acabar con mi vida|(?:mich|sich)(?: \w+){0,2} (?:umbringen|toten)|bringe? mich um|nicht mehr leben|(?:will|mochte) sterben|selbstmord|suizid\w*|das leben nehmen|en finir avec (?:la|ma) vie|mettre fin a (?:mes|ses) jours|(?:veux|envie de|veut) mourir|me (?:tuer|suicider)|me faire du mal",
        unless=r"to die for|battery|phone|laptop|(?:killing|kill) (?:myself )?(?:laughing|time)|suicide (?:clause|hotline for)|life insurance policy",
        is_deniable=False,
    ),
    _rule(
        "violence",
        "choked strangled grabbed kicked pushed slapped threaten threatened threatens threatening threat threats kill killed shoot stab stabbed knife gun weapon rape raped attacked attacking assaulted assault hit beat beats beating beaten hurt scared afraid fear follow following stalking stalked stalker abusive violent violence amenaza amenazo amenazado amenazando amenazan amenazaron matar mata golpear golpeo golpea cuchillo pistola arma siguiendo droht bedroht gedroht messer pistole waffe umbringen menace menacee couteau arme pistolet tuer frappe schlagt shot shooting robbed punched armed",
        rf"threat\w*{_W}{{0,6}} (?:kill|hurt|shoot|beat|stab|rape|burn|attack|harm|hit|violence|murder|punch|knife|gun|my life|physically){_W}{{0,2}}|(?:going to|gonna|will|wants? to|wanted to|would|come and|tried to|trying to|'ll) (?:kill|hurt|shoot|stab|beat up|beat|rape|harm|murder|attack) {_PERSON}(?!\w)|(?:man|men|guy|someone|somebody|person|kid|boy|woman|passenger|customer|he|she|stranger|with|has|pulled|carrying|holding|waving){_W}{{0,3}} (?:a |his |her )?(?:knife|gun|weapon|machete|pistol|rifle)(?! (?:set|block|sharpener|rack|show|safe))(?!\w)|(?:was|were|been|being|got|is|am) (?:physically )?(?:attacked|assaulted|raped|stabbed|shot|beaten(?: up)?|punched|robbed at)|(?:is|are) (?:attacking|beating|stabbing|shooting|hitting|punching|following) {_PERSON}|"
        rf"(?:guard|driver|man|employee|clerk|neighbou?r|he|she|husband|boyfriend|ex|they|conductor|agent|inspector){_W}{{0,2}} (?:hit|punched|kicked|slapped|grabbed|choked|strangled|pushed|beats?|hits|assaulted|attacked) {_PERSON}|(?:scared|afraid|fear|fearing|frightened|terrified){_W}{{0,2}} for (?:my|our|her|his) (?:life|lives|safety)|fear(?:ing)? (?:he|she|they) will|(?:stalk(?:ing|ed|er|s))(?!\w)|abusive (?:ex|husband|boyfriend|partner|father|wife)|domestic (?:violence|abuse)|dog (?:is|was|keeps) (?:attack|bit)\w*|shots fired|active shooter|"
        r"amenaz\w+(?: \w+){0,6} (?:muerte|matar\w*|golpear\w*|pegar\w*|cuchillo|pistola|arma)|(?:con|tiene|lleva|saco)(?: \w+){0,2} (?:cuchillo|pistola|arma|navaja)|(?:me|nos|lo|la) (?:quieren?|van? a) (?:matar|golpear|pegar)|quiere matar\w*|me (?:estan?|vienen?) siguiendo|me sigue un|me golpe\w+|(?:droht|gedroht|bedroht)(?: \w+){0,6}(?: (?:umzubringen|umbringen|zu schlagen|toten|messer|waffe|mir|mich)|$)|mit (?:einem |einer )?(?:messer|pistole|waffe)|bringt mich um|schlagt (?:mich|sie|ihn|seine)|menac\w+(?: \w+){0,4} (?:mort|tuer|frapper|couteau|arme)|avec un (?:couteau|pistolet)|une arme|veut me tuer|me frappe",
        unless=rf"threat\w*{_W}{{0,6}} (?:hurt|harm|attack|kill|hit|burn|beat|shoot)\w*{_W}{{0,2}} (?:my |our |the )?(?:credit|score|deal|sale|report|reputation|job|business|name)|(?:hurt|hurts|hurting|harm\w*|kill\w*|attack\w*|hit|beat\w*|shot)(?: \w+){{0,2}} (?:my |our |the |his |her |their )?(?:credit|score|credit score|chances?|business|career|budget|finances|wallet|feelings|rating|reputation|schedule|back account|sales|mood|price|record|file)|hit (?:me|us|my \w+|them) with|glue gun|heat gun|nerf|massage gun|identity|by (?:this|the) (?:fee|bill|price|charge)|hit (?:the|my|our|his|her) (?:credit|road|button|account|bank|card|report|limit)|killed it",
    ),
    _rule(
        "cold and frail",
        "heating heat heater boiler furnace calefaccion heizung chauffage radiator radiators warm hvac",
        r"(?:no|without|lost|lose|off|broken|out|broke|dead|failed|down|not work\w*|doesn'?t work|isn'?t work\w*|stopped)(?: \w+){0,4} (?:heat|heating|heater|boiler|furnace|radiators?|hvac)(?!\w)|(?:heat|heating|heater|boiler|furnace|radiators?|hvac)(?: \w+){0,4} (?:off|out|broken|broke|dead|failed|down|not work\w*|doesn'?t work|isn'?t work\w*|stopped|gone|cold|won'?t)(?!\w)|(?:sin|no hay|no tenemos|falta|no funciona)(?: \w+){0,2} calefaccion|calefaccion(?: \w+){0,3} (?:no|dan\w+|apagad\w+|rot\w+)|(?:keine|ohne) heizung|heizung(?: \w+){0,3} (?:aus|kaputt|gefallen|nicht|ausgefallen)|(?:pas de|sans|plus de|ni) chauffage|chauffage(?: \w+){0,3} (?:panne|coupe|marche)",
        also=_WEAK,
        is_deniable=False,
    ),
    _rule(
        "machine that keeps alive",
        "ventilator oxygen dialysis incubator respirator oxigeno dialisis respirador sauerstoff dialyse beatmungsgerat oxygene respirateur nebulizer cpap pacemaker defibrillator",
        r"(?:power|electric\w*|outage|luz|corriente|strom|courant|cut|off|delivery|come|came|tank|left|fail\w*|stopped|sending|dead|entrega|llego|cortaron|lieferung|courant)(?!\w)",
        also=r"(?:ventilator|oxygen|dialysis|incubator|respirator|oxigeno|dialisis|respirador|sauerstoff|dialyse|beatmungsgerat|oxygene|respirateur|nebulizer|cpap|pacemaker|defibrillator)(?! (?:bar|bill|invoice|facial))",
        unless=r"(?:insurance|billing|claim|copay|medicare) (?:code|claim|for)|invoice|bill for",
        is_deniable=False,
    ),
    _rule(
        "medicine missing or wrong",
        "insulin medicine medicines medication medications meds tablets pills inhaler epipen oxygen antibiotics chemo painkillers dose insulina medicina medicinas medicamento medicamentos pastillas oxigeno inhalador remedio remedios medikamente medikament insulin tabletten medicaments insuline",
        rf"{_PILLS}{_W}{{0,6}} (?:not (?:come|arrived?|here|delivered|been)|hasn'?t|haven'?t|hasnt|didn'?t|never|missing|late|delayed|ran out|run out|running out|out|none left|gone|lost|stolen|wrong|tomorrow|is empty|won'?t)(?!\w)|(?:out of|without|no|ran out of|run out of|running out of|missing|last|need|needs|wrong|late|lost|has no|have no|left of){_W}{{0,3}} {_PILLS}(?!\w)|(?:wrong|double|twice the|ten times the|incorrect){_W}{{0,1}} (?:dose|dosage)(?!\w)|"
        rf"{_PILLS_ES}(?: \w+){{0,5}} (?:no|falta\w*|acab\w+|equivocad\w+|termin\w+|sin)(?!\w)|(?:sin|falta\w*|no (?:me |le )?(?:llego|llega|llegan|llegaron|ha llegado|tengo|tiene|queda)|acab\w+|equivocad\w+)(?: \w+){{0,4}} {_PILLS_ES}(?!\w)|(?:keine?n?|ohne|falsche?n?)(?: \w+){{0,2}} (?:medikamente?|insulin|tabletten)|(?:medikamente?|insulin|tabletten)(?: \w+){{0,4}} (?:nicht|fehl\w+|falsch|mehr|weg|leer)|(?:plus de|sans|mauvais|manque)(?: \w+){{0,2}} (?:medicaments?|insuline)|(?:medicaments?|insuline)(?: \w+){{0,5}} (?:pas|manqu\w+|mauvais|plus)",
        unless=r"old medicine|dispose|(?:cost|costs|price|afford|pay|paid|bill|billed|charged|coupon|refund|copay|expensive)(?: \w+){0,6}",
        is_deniable=False,
    ),
    _rule(
        "trapped",
        "trapped stuck locked lift elevator atrapado atrapada atrapados atrapadas encerrado encerrada encerrados ascensor elevador aufzug fahrstuhl ascenseur dragged caught hanging sinking",
        rf"(?:stuck|trapped|locked|shut|people|person|someone|somebody|mother|father|child|woman|man){_W}{{0,3}} (?:in|inside){_W}{{0,3}} (?:lift|elevator|tunnel|tram|metro|train|cabin|vault|revolving door|cable car|escalator|burning)(?!\w)|trapped(?! (?:in|into|by)(?: \w+){{0,3}} (?:contract|loan|debt|subscription|cycle|loop|mortgage|payment|payments|fees?|interest|plan|menu|phone|system|balance|lease|scam|situation|voicemail))(?= in| under| between| inside| and|\W*$)|stuck between|(?:locked|shut|left|alone){_W}{{0,3}} in{_W}{{0,3}} (?:hot |locked |closed |parked )?(?:car|van|room|cellar|fridge|freezer)(?= |\W*$){_W}{{0,6}}|dragged{_W}{{0,4}} (?:along|by|under)|"
        r"(?:atrapad|encerrad|atorad)\w+(?: \w+){0,4} (?:ascensor|elevador|tren|metro|tunel|bano)|(?:ascensor|elevador)(?: \w+){0,5} (?:atrapad|encerrad|atorad)\w+|(?:aufzug|fahrstuhl)(?: \w+){0,4} (?:fest|stecken|eingeschlossen|gefangen)|(?:stecken?|sitzen?|eingeschlossen|gefangen)(?: \w+){0,3} (?:aufzug|fahrstuhl)|(?:bloque|coince)\w*(?: \w+){0,4} ascenseur|ascenseur(?: \w+){0,4} (?:bloque|coince)",
        unless=r"(?:keys?|key|bag|phone|wallet|card|coat|laptop|ticket|package|parcel|money|car)(?: \w+){0,3} (?:stuck|trapped|locked|left)(?: \w+){0,2} in|my car (?:is )?locked",
    ),
    _rule(
        "driving",
        "brakes brake breaks steering driver drivers wheel conductor chofer frenos freno fahrer busfahrer bremsen bremse freins chauffeur axle airbag tyre tire accelerator",
        rf"brakes?{_W}{{0,4}} (?:fail\w*|not work\w*|don'?t work|doesn'?t work|didn'?t work|gone|stopped working|went out|gave out|not|won'?t|locked|cut)(?!\w)|(?:no|without|lost(?: \w+)?) brakes(?!\w)|steering(?: \w+){{0,3}} (?:lock\w*|fail\w*|loose|gone|broke)|(?:driver|he|she|pilot|conductor){_W}{{0,5}} (?:drunk|asleep|texting|drinking|intoxicated|high|drugged|reeks? of alcohol|smells? of (?:alcohol|beer|booze))(?!\w)|wheel{_W}{{0,2}} (?:came|fell|flew|fall\w*|coming) off|"
        r"frenos?(?: \w+){0,3} (?:no|fall\w+|sin)|(?:sin|fallaron los) frenos|(?:conductor|chofer)(?: \w+){0,5} (?:borracho|dormid[oa]|ebrio|tomado|celular|drogado)|(?:bremsen?|bremse)(?: \w+){0,4} (?:nicht|versag\w+|kaputt|gehen nicht|defekt)|fahrer(?: \w+){0,4} (?:betrunken|eingeschlafen|handy|schlaft)|freins(?: \w+){0,4} (?:plus|pas|lach\w+)|(?:conducteur|chauffeur)(?: \w+){0,4} (?:ivre|saoul|endormi|telephone)",
        unless=r"tax (?:brake|break)s?|screwdriver|printer driver|driver update|high (?:fees?|price|school)",
    ),
    _rule(
        "falling or collapsing",
        "collapse collapsed collapsing collapses ceiling roof balcony wall bridge scaffold scaffolding railing handrail manhole sinkhole ladder crib collapse crumbling techo balcon baranda barandilla alcantarilla derrumbe decke dach balkon gelander plafond balcon shelf dresser stairs stair step tree crane lights semaforo cayo caer exit door doors",
        rf"(?:ceiling|roof|wall|balcony|bridge|crib|cot|scaffold\w*|floor|stairs|shelf|shelves|chair|stand|stage|platform|building|crane|tree|pole|tunnel|pier|bed|ladder){_W}{{0,4}} (?:collaps\w*|cav(?:ed|ing) in|giv(?:es?|ing) way|gave way|crumbl\w*|sway\w*|sagging|snapped|coming down|falling(?: down| apart| off| on)?|fell on|about to fall|leaning|tipp\w+)(?!\w)|about to (?:collapse|fall (?:on|onto|down)|give way)|(?:railing|handrail|rail|banister|tile|brick|panel|sign|glass pane){_W}{{0,3}} (?:came|broke|fell|broken|coming|falling|fall) ?(?:off|down|loose)|(?:open|missing|uncovered) manhole|manhole{_W}{{0,4}} (?:open|missing|uncovered|gone|no cover)|sink ?hole|dresser{_W}{{0,3}} (?:tipped|fell)|"
        rf"(?:fire|emergency) (?:exits?|doors?|stairs?|escape){_W}{{0,4}} (?:locked|blocked|chained|shut|nailed|barred|won'?t open)|(?:traffic )?lights?{_W}{{0,5}} (?:out|off|dark|not working|broken|dead){_W}{{0,6}} (?:crash|accident|collision|hit|injur)\w*|"
        r"(?:techo|balcon|baranda|barandilla|pared|muro|poste|arbol|puente|andamio)(?: \w+){0,4} (?:cae|cay\w+|caer\w*|derrumb\w+|desprend\w+|colaps\w+)|derrumb\w+|desprend\w+ (?:la|el|una?) (?:baranda|barandilla|techo|balcon)|alcantarilla(?: \w+){0,3} (?:abierta|sin tapa)|salida de emergencia(?: \w+){0,4} (?:cerrada|bloqueada|candado)|semaforo(?: \w+){0,8} (?:choques?|heridos|accidente)|(?:decke|dach|balkon|wand|mauer|brucke|baum|gerust)(?: \w+){0,4} (?:einsturz\w*|sturzt|fallt|eingesturzt|brockelt|wackelt)|einsturz\w*|(?:plafond|toit|balcon|mur|arbre|pont|echafaudage)(?: \w+){0,4} (?:tombe|s'effondre|ecroule\w*|effondre)|s'effondr\w+|notausgang(?: \w+){0,3} (?:versperrt|zu|verschlossen|abgeschlossen)|issue de secours(?: \w+){0,3} (?:bloquee|fermee)",
        unless=r"(?:sale|sales|price|prices|market|stock|credit|score|paint|plaster colour|colou?r|fall sale|housing|paywall|wallet|deal|app|website|page)(?: \w+){0,3} (?:collaps|fall|fell|crash)\w*|fell on (?:hard|deaf)|falling (?:behind|apart at)|wallpaper",
    ),
    _rule(
        "water on electricity",
        "water flooding flooded flood agua inundado wasser uberschwemmt eau inonde",
        rf"(?:water|flood\w*|pour\w*|leak\w*|drip\w*){_W}{{0,8}} (?:electric\w*|fuse ?box|sockets?|outlets?|wiring|breaker|switchboard|light fixture)(?!\w)|(?:electric\w*|fuse ?box|sockets?|outlets?|wiring|breaker|panel){_W}{{0,5}} (?:under ?water|flooded|wet|soaked)|agua(?: \w+){{0,6}} (?:enchufes?|electric\w*|tablero|cables)|wasser(?: \w+){{0,6}} (?:steckdosen?|sicherungskasten|strom)|eau(?: \w+){{0,6}} (?:prises?|electri\w*|disjoncteur)",
        unless=r"water and electric\w* (?:bill|service|account|meter)|(?:water|gas)(?:,| and| or) electric|electric(?:ity)? (?:bill|account|company|kettle|toothbrush)",
    ),
    _rule(
        "child lost or shut in",
        "child children kid kids baby son daughter toddler boy girl grandson granddaughter hijo hija nino nina bebe kind sohn tochter enfant fils fille",
        r"(?:child|children|kids?|baby|son|daughter|toddler|boy|girl|grandson|granddaughter|year old)(?: \w+){0,3} (?:is|are|was|has been|went|got|gone|still) (?:missing|lost|alone|gone|locked|trapped)(?!\w)(?! (?:a|his|her|my) (?:card|phone|ticket|bag|pass|wallet))|lost (?:my|our) (?:\w+ )?(?:child|kid|baby|son|daughter|toddler|boy|girl|grandson)(?! ?'s| s )(?!\w)|(?:can'?t|cannot) find (?:my|our) (?:\w+ )?(?:child|kid|son|daughter|toddler|boy|girl|grandson)(?!'s)(?!\w)|(?:child|kid|baby|toddler|dog)(?: \w+){0,6} (?:locked|left)(?: \w+){0,2} in(?: \w+){0,4} (?:car|van|heat|sun)|(?:hij[oa]|nin[oa]|bebe)(?: \w+){0,4} (?:se perdio|perdid[oa]|desaparec\w+|encerrad[oa]|sol[oa] en)|(?:kind|sohn|tochter)(?: \w+){0,4} (?:verschwunden|vermisst|eingeschlossen|verloren)|(?:enfant|fils|fille)(?: \w+){0,4} (?:disparue?|perdue?|enfermee?)",
        unless=r"(?:son|daughter|child|kid|girl|boy|baby)'s|account|jacket|stroller seat cover|toy (?:is|was) (?:missing|lost)|years ago|lost (?:my|our) (?:son|daughter|child|baby) (?:in|to|last)",
    ),
    _rule(
        "on the tracks, on the road",
        "tracks rails track rail crossing motorway highway vias gleis gleise gleisen voies barrier",
        rf"(?:man|woman|person|people|someone|somebody|child|kids|boy|girl|dog|car|he|she|lady|wandered|jumped|fell|climbed|walking){_W}{{0,5}} (?:on|onto|to|in){_W}{{0,1}} (?:train |railway |rail |subway )?(?:tracks|rails)(?!\w)|(?:gate|barrier)s?{_W}{{0,3}} crossing{_W}{{0,3}} (?:up|open|broken|not clos\w*)|(?:persona|hombre|mujer|nino|alguien)(?: \w+){{0,4}} (?:en|a) las vias|auf (?:den|die) gleise\w?|sur les (?:voies|rails)",
        unless=r"on track|tracks? (?:my|the) (?:order|parcel)|music",
    ),
    _rule(
        "hurt",
        "hurt injured injury injuries hospital ambulance unsafe dangerous safe peligro peligroso peligrosa gefahrlich dangereux heridos herido herida verletzt blesse danger hospitalized hospitalised bleeding emergency ehospital stuck slipped fell",
        rf"(?:badly|seriously|severely|got|is|was|been|were|are) (?:injured|hurt badly|hospitali[sz]ed)(?!\w)|(?:fell|slipped|tripped|knocked (?:over|down)|run over|ran over|hit by){_W}{{0,10}} (?:bleeding|hospital|ambulance|unconscious|head|broke\w*|can'?t (?:get up|move|walk)|cannot (?:get up|move|walk)|not moving)(?!\w)|(?:it|this|that|they|these|which|there|road|bridge|stairs|crossing|platform|building|ride|car|bus)(?:'s| is| are| was| were| looks?| seems?| feels?)(?: \w+){{0,2}} (?:unsafe|not safe|dangerous|a danger|hazardous|life[- ]threatening|deadly)(?!\w)|(?:is|are|'s|am|not|it) (?:not|n't|isn't|no longer) safe (?:to|for|here|at|in (?:the|my|our|this) (?:house|home|building|bus|train|car|flat|room|lift|street))|(?:life|lives|we|i|children|people|passengers|residents|kids|family)(?: \w+){{0,2}} (?:in|at) (?:danger|risk of (?:dying|death))|"
        r"(?:es|esta|muy|un|hay) peligros?[oa]?(?!\w)|hubo(?: \w+){0,3} heridos|(?:esta|estoy|hay) herid[oa]s?|lebensgefahr\w*|(?:ist|sehr|zu) gefahrlich|schwer verletzt|(?:est|tres|c'est) dangereu(?:x|se)|en danger|blessee?s?",
        unless=r"danger of (?:overdraft|losing|default|foreclos|late|bankrupt|repossess|being (?:late|charged|evicted))|dangerous (?:dog|goods)|(?:data|information|account|identity|credit|money|personal|privacy|password|financial|info|details|funds|payment|phishing|website|bank|card|ssn|social security)(?: \w+){0,8}|safe (?:deposit|pay)|hurt(?:ing)? (?:my|our|the) (?:credit|score|feelings)|no danger|danger zone|years ago|hazard pay|ist nicht gefahrlich|no es peligroso",
    ),
)

_BY_TRIGGER: dict[str, tuple[Rule, ...]] = {
    trigger: tuple(rule for rule in DANGER if trigger in rule.triggers)
    for trigger in sorted(set().union(*(rule.triggers for rule in DANGER)))
}
_TRIGGERS = frozenset(_BY_TRIGGER)


def danger_in(said: str, words: Iterable[str] | None = None) -> str | None:
    """The name of the first rule for danger that the words meet, or None. said: as `markings.strip` gives it."""
    found = _TRIGGERS.intersection(WORD.findall(said) if words is None else words)
    if not found:
        return None
    wanted = {rule.name for trigger in found for rule in _BY_TRIGGER[trigger]}
    text = said.replace("\n", " ") if "\n" in said else said
    for rule in DANGER:
        if rule.name in wanted and _holds(rule, text):
            return rule.name
    return None


def _holds(rule: Rule, text: str) -> bool:
    if rule.also is not None and rule.also.search(text) is None:
        return False
    for find in rule.pattern.finditer(text):
        start, end = find.span()
        if rule.unless is not None and rule.unless.search(text, max(0, start - 40), min(len(text), end + 40)):
            continue
        if rule.is_deniable and _DENIED.search(text, max(0, start - 40), start):
            continue
        return True
    return False


# --- the customer's own deadline ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deadline:
    """hours: time left when the customer pressed send, None where the words do not say. rule: its name."""

    rule: str
    hours: float | None


FAR = 48.0  # hours; what is further away is no deadline of this kind: the need beneath it has time enough

READ = 6_000  # characters of a long text that are searched for a deadline: half at its head, half at its end

_UNITS = {"m": 1 / 60, "h": 1.0, "s": 1.0, "u": 1.0, "d": 24.0, "t": 24.0, "j": 24.0}
_NUMBERS = {
    word: value
    for value, words in {
        0.5: "half", 1: "one a an una un uno ein einer eine einem une", 2: "two dos zwei deux couple", 3: "three tres drei trois few",
        4: "four cuatro vier quatre", 5: "five cinco funf cinq", 6: "six seis sechs", 7: "seven siete sieben sept",
        8: "eight ocho acht huit", 9: "nine nueve neun neuf", 10: "ten diez zehn dix", 11: "eleven once elf onze",
        12: "twelve doce zwolf douze", 15: "fifteen quince", 20: "twenty veinte zwanzig vingt", 25: "twentyfive",
        30: "thirty treinta dreissig trente", 40: "forty cuarenta vierzig quarante", 45: "fortyfive", 50: "fifty cincuenta",
        60: "sixty", 90: "ninety noventa", 24: "twentyfour",
    }.items()
    for word in words.split()
}  # fmt: skip
_NUM = r"(?:\d{1,3}(?:[.,]\d)?|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + ")"
_UNIT = (
    r"(?:minutes?|mins?|min|minutos?|minuten|minute|hours?|hrs?|h|horas?|stunden?|heures?|days?|dias?|tage?n?|jours?)"
)
_IN = re.compile(
    rf"(?<!\w)(?:in|within|en|dentro de|dans|innerhalb von|only|just|got|have|give me|nur noch|noch|solo|quedan|faltan|less than|under|another|next|the)"
    rf"(?: (?:the|next|about|less|than|around|only|just|under|unos|unas|like|maybe|approximately|menos|de|etwa|weniger|als|moins|a|another|left)){{0,3}} "
    rf"(half an hour|media hora|einer halben stunde|une demi[- ]heure|quarter of an hour|{_NUM}(?: and a half)?[ -]{{0,1}}(?:full )?{_UNIT})(?!\w)"
    rf"|(?<!\w)({_NUM}[ -]{{0,1}}{_UNIT})(?= (?:left|from now|to go|until|till|before|to (?:change|catch|get|make)|away|remaining))"
    rf"|(?<!\w)(within the hour|in under an hour)"
)
_LENGTH = re.compile(rf"({_NUM})( and a half)?[ -]?({_UNIT})")
_HOUR_WORD = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|eins|zwei|drei|vier|funf|sechs|sieben|acht|neun|zehn|elf|zwolf"
_CLOCK = re.compile(
    rf"(?<![\w.,$/#-])(?:(?P<half>half past|quarter past|quarter to|halb) )?"
    rf"(?:(?P<hour>[01]?\d|2[0-4])(?:[:.h](?P<minute>[0-5]\d))?(?: ?(?P<half_day>a\.?m|p\.?m)(?!\w)\.?)?(?P<sure> ?(?:uhr|h|hrs|o'?clock)(?!\w))?"
    rf"|(?P<word>{_HOUR_WORD})(?: (?P<word_minute>thirty|fifteen|y media|y cuarto))?(?: ?(?P<word_half_day>a\.?m|p\.?m)(?!\w)\.?| (?:o'?clock|uhr))?|(?P<named>noon|midday|midnight|mediodia|medianoche|mittag|mitternacht|midi|minuit))"
    rf"(?P<part> (?:in the |de la |du |am )?(?:morning|afternoon|evening|manana|tarde|noche|morgen|nachmittag|abend|matin|soir))?(?![\w/%])(?![.,]\d)"
)
_AT = re.compile(
    r"(?:(?<!\w)(?:at|by|before|until|till|til|around|about|closes|leaves|departs|starts|begins|a las|a la|las|de las|um|bis|vor|ab|gegen|a|avant|today|tonight|tomorrow|hoy|manana|heute|morgen|demain)|@) ?$"
)
_STREET = re.compile(
    r" ?(?:%|percent|euros?|dollars?|usd|eur|pounds?|years?|anos|jahre|ans|main|st\b|street|st\.|avenue|ave|road|days?|weeks?|months?|people|persons?|times|miles|km|items?|of|minutes?|mins?|hours?|horas?|stunden|heures?)"
)
_DAY = re.compile(
    r"(?<!\w)(?P<now>right now|boarding|about to (?:leave|depart|start|begin|close|go|take off|board|sail)|at the gate|any minute|this minute|leaving now|ahora mismo|a punto de salir|estoy en la puerta|am gate|jetzt gleich|porte d'embarquement|standing at|already at the (?:airport|station|court|office|counter))"
    r"|(?<!\w)(?P<today>today|this (?P<part>morning|afternoon|evening)|tonight|tonite|end of (?:the )?day|hoy|esta (?P<part_es>manana|tarde|noche)|heute(?: (?P<part_de>abend|nachmittag|morgen|fruh))?|aujourd'hui|ce (?P<part_fr>soir|matin)|same day)(?!\w)"
    r"|(?<!\w)(?P<tomorrow>(?<!day after )tomorrow|tmrw|tomorow|tommorow|tommorrow|manana|morgen|demain)(?P<its> (?:first thing|early|morning|noon|afternoon|evening|night|temprano|por la manana|por la tarde|fruh|vormittag|nachmittag|abend|matin|soir|apres-midi))?(?!\w)"
    r"|(?<!\w)(?:on |this |next |el |am |ce )?(?P<weekday>mondays?|tuesday|wednesday|thursday|friday|saturday|sunday|lunes|martes|miercoles|jueves|viernes|sabado|domingo|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)(?!\w)"
    r"|(?<!\w)(?P<later>(?:in|within|next|en|dans) (?:a |two |three |the |\d{1,2} |dos |proxim[oa] )?(?:weeks?|months?|years?|fortnight|semanas?|mes(?:es)?|ano|wochen?|monat\w{0,2}|semaines?|mois)|next (?:week|month|year)|the day after tomorrow|pasado manana|ubermorgen|apres-demain)(?!\w)"
)
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        ("monday mondays lunes montag lundi", "tuesday martes dienstag mardi", "wednesday miercoles mittwoch mercredi",
         "thursday jueves donnerstag jeudi", "friday viernes freitag vendredi", "saturday sabado samstag samedi", "sunday domingo sonntag dimanche")
    )
    for name in names.split()
}  # fmt: skip

_EVENT_WORDS = words_of(
    """flight plane train bus ferry coach cruise ship boat boarding gate depart departs departure leaves leave
    leaving fly flying flies sails closing hearing court trial appointment wedding funeral interview exam test
    surgery operation inspection auction foreclosure eviction evict evicted rent due deadline expires expire
    expiring lapses closes ends shut cut disconnect disconnected movers moving truck tow towed payroll customs
    notary visa concert match game show party ceremony graduation starts start begins connection check-in
    checkin checkout enrolment enrollment registration submit application shift starts takes takeoff pickup
    before until by need needed kennel lease vuelo avion tren autobus camion barco ferry sale salimos viajo
    viaje audiencia corte juicio cita boda funeral entrevista examen cirugia operacion plazo vence cierra cierre
    cortan corta subasta renta desalojo mudanza concierto partido empieza termina abordaje necesito antes hasta
    casero flug zug fahre bus abflug gate verhandlung gericht termin hochzeit beerdigung prufung operation frist
    endet abgestellt umzug umzugswagen notartermin beginnt geht fahrt legt vorstellungsgesprach brauche bis
    konzert vol train avion bateau part audience tribunal rendez mariage enterrement examen operation delai
    coupe signature commence demenagement entretien embarquement ferme concert"""
)
_EVENT = re.compile(
    r"(?<!\w)(?:flights?|plane|train|bus|ferry|coach|cruise|ship|boat|boarding|at the gate|departs?|departure|leav(?:es|ing)|leave|we fly|i fly|i'm flying|flying|flies|sails|closing|hearing|court|trial|appointment|wedding|funeral|"
    r"interview|exam|driving test|my test|the test|surgery|operation|inspection|auction|foreclosure|evict\w*|rent (?:is |has )?(?:due|to be)|rent|due|deadline|expires?|expiring|runs out|lapses|closes|ends|shut ?off|cut(?:s)? off|cut (?:my|our|the)|shuts? off|disconnect\w*|"
    r"movers|moving truck|moving van|truck|tow\w*|payroll|customs|notary|visa|concert|match|the game|the show|party|ceremony|graduation|starts?|begins?|connection|check[- ]?in|check[- ]?out|enrol\w*|submit|hand in|my shift|take ?off|pickup|kennel|lease|"
    r"(?:i |we )?(?:need|must|have to have|has to|needs?)(?: \w+){0,6} (?:by|before|until)|(?:before|until|by)|only valid|changes the locks|"
    r"vuelo|avion|tren|autobus|camion|barco|sale|salimos|viajo|audiencia|corte|juicio|cita|boda|entrevista|examen|cirugia|operacion|plazo|vence|cierra|cierre|cortan?|subasta|renta|desaloj\w+|mudanza|concierto|partido|empieza|termina|abordaje|antes|hasta|casero|"
    r"flug|zug|abflug|verhandlung|gericht|notartermin|termin|hochzeit|beerdigung|prufung|frist|endet|abgestellt|umzug\w*|beginnt|fahre|legt|vorstellungsgesprach|konzert|bis|brauche|"
    r"mon vol|le vol|avion|bateau|part|audience|tribunal|rendez-vous|mariage|enterrement|delai|coupe|signature|commence|demenagement|entretien|embarquement|concert|ferme)(?!\w)"
)
_OVER = re.compile(
    r"(?<!\w)(?:was|were|had been|yesterday|last (?:week|month|year|night|monday|tuesday|wednesday|thursday|friday)|ago|missed|had to|arrived|used to|ayer|pasad[oa]|perdi|fue|gestern|war|letzte\w?|hier|etait|manque|always|every (?:day|morning|evening|time)|usually|jeden|todos los dias|chaque|cada|"
    r"what time (?:is|does|do|will|are)|when (?:is|does|do|will|are)|which|how do i get|is it open|are you open|do you (?:open|close)|opening hours|what are your|can i book|book a|reserve|is there a|a que hora (?:abre|cierra|sale)|wann (?:fahrt|geht|haben)|a quelle heure|set an? (?:alarm|timer|reminder)|remind me|traffic|weather)(?!\w)"
)


def _length(words: str) -> float | None:
    if words.startswith(("half", "media", "einer halben", "une demi")):
        return 0.5
    if words.startswith(("quarter", "within", "in under")):
        return 0.25 if words.startswith("quarter") else 0.75
    found = _LENGTH.match(words)
    if found is None:
        return None
    number = _NUMBERS.get(found[1])
    number = float(found[1].replace(",", ".")) if number is None else float(number)
    if found[2]:
        number += 0.5
    return number * _UNITS[found[3][0]]


@dataclass(frozen=True)
class Mention:
    """A time in the words: where it stands, and how many hours off (None: not known; `inf`: weeks away)."""

    start: int
    end: int
    hours: float | None


def times_in(matter: str, sent_at: datetime | None) -> list[Mention]:
    """Every time to come that the words name. sent_at: when the customer pressed send, in the place's own zone; without
    it only "in two hours" has a length. Doubt is settled towards less time left: "tomorrow" is nine in the morning."""
    found = [
        Mention(*find.span(), _length(next(group for group in find.groups() if group))) for find in _IN.finditer(matter)
    ]
    days = [(find, _day_of(find, sent_at)) for find in _DAY.finditer(matter)]
    used: set[int] = set()
    for find in _CLOCK.finditer(matter):
        is_bare = not (
            find["half_day"]
            or find["sure"]
            or find["minute"]
            or find["named"]
            or find["part"]
            or find["word_half_day"]
            or find["half"]
        )
        if is_bare and not _AT.search(matter, max(0, find.start() - 12), find.start()):
            continue
        if is_bare and _STREET.match(matter, find.end()):
            continue
        near = [
            (abs(find.start() - day.start()), number)
            for number, (day, _) in enumerate(days)
            if (day["today"] or day["tomorrow"] or day["weekday"])
            and day.start() - find.end() < 25
            and find.start() - day.end() < 25
        ]
        number = min(near)[1] if near else None
        if number is not None:
            used.add(number)
        day = days[number] if number is not None else None
        if day is not None and _AT.search(matter, max(0, find.start() - 12), find.start()) is None and is_bare:
            continue
        found.append(Mention(*find.span(), _clock_hours(find, day, sent_at)))
    found += [Mention(*find.span(), hours) for number, (find, (_, hours)) in enumerate(days) if number not in used]
    return found


_ENDS = {"morning": 12, "manana": 12, "morgen": 12, "fruh": 12, "matin": 12, "afternoon": 18, "tarde": 18, "nachmittag": 18,
         "evening": 21, "noche": 22, "abend": 21, "soir": 22}  # fmt: skip
_STARTS = {
    "noon": 12,
    "afternoon": 12,
    "por la tarde": 12,
    "nachmittag": 12,
    "apres-midi": 12,
    "evening": 17,
    "night": 18,
    "abend": 17,
    "soir": 17,
}


def _day_of(find: re.Match[str], sent_at: datetime | None) -> tuple[datetime | None, float | None]:
    """The day that is meant and, where no hour is said, the hours until it matters."""
    if find["now"]:
        return sent_at, 0.5
    if find["later"]:
        return None, float("inf")
    if sent_at is None:
        return None, None
    midnight = sent_at.replace(hour=0, minute=0, second=0, microsecond=0)
    if find["today"]:
        part = find["part"] or find["part_es"] or find["part_de"] or find["part_fr"]
        ends = _ENDS.get(part, 18) if part else (22 if find["today"].startswith("toni") else 18)
        left = (midnight + timedelta(hours=ends) - sent_at) / timedelta(hours=1)
        if left <= 0:
            left = (midnight + timedelta(days=1) - sent_at) / timedelta(hours=1)
        return midnight, left
    if find["tomorrow"]:
        day = midnight + timedelta(days=1)
        at = _STARTS.get((find["its"] or "").strip(), 9)
        return day, (day + timedelta(hours=at) - sent_at) / timedelta(hours=1)
    ahead = (_WEEKDAYS[find["weekday"]] - sent_at.weekday()) % 7
    day = midnight + timedelta(days=ahead)
    if ahead == 0:
        return day, max(0.0, (midnight + timedelta(hours=18) - sent_at) / timedelta(hours=1))
    return day, (day + timedelta(hours=9) - sent_at) / timedelta(hours=1)


def _clock_hours(
    find: re.Match[str],
    day: tuple[re.Match[str], tuple[datetime | None, float | None]] | None,
    sent_at: datetime | None,
) -> float | None:
    """Hours from `sent_at` to the clock time. Of two readings ("at six") the next to come is taken."""
    if sent_at is None:
        return None
    hour, minute, is_sure = _hour_and_minute(find)
    said = day[0] if day is not None else None
    evening = said is not None and bool(
        re.match(r"toni|this (?:afternoon|evening)|esta (?:tarde|noche)|heute (?:abend|nach)|ce soir", said[0])
    )
    if evening and not is_sure and hour < 12:
        hour, is_sure = hour + 12, True
    base = day[1][0] if day is not None else None
    midnight = sent_at.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [base] if base is not None else [midnight, midnight + timedelta(days=1)]
    hours = [hour] if is_sure or hour > 12 else [hour % 12, hour % 12 + 12]
    lengths = sorted(
        (d + timedelta(hours=h, minutes=minute) - sent_at) / timedelta(hours=1) for d in days for h in hours
    )
    # A bare "six" tomorrow is more likely by day than at six at night, yet less time left is the safer reading.
    return next(
        (length for length in lengths if length > 0), 0.0 if base is not None and base <= sent_at else lengths[-1]
    )


def _hour_and_minute(find: re.Match[str]) -> tuple[int, int, bool]:
    if find["named"]:
        return (24, 0, True) if find["named"] in ("midnight", "medianoche", "mitternacht", "minuit") else (12, 0, True)
    if find["word"]:
        hour, minute = int(_NUMBERS[find["word"]] if find["word"] != "eins" else 1), 0
        minute = {"thirty": 30, "y media": 30, "fifteen": 15, "y cuarto": 15}.get(find["word_minute"] or "", 0)
    else:
        hour, minute = int(find["hour"]), int(find["minute"] or 0)
    half_day = (find["half_day"] or find["word_half_day"] or "").replace(".", "")
    part = find["part"] or ""
    is_sure = (
        bool(half_day) or hour > 12 or bool(find["word"] is None and find["hour"] and find["hour"].startswith("0"))
    )
    if half_day == "pm" or any(
        word in part for word in ("afternoon", "evening", "tarde", "noche", "abend", "nachmittag", "soir")
    ):
        hour, is_sure = hour % 12 + 12, True
    elif half_day == "am" or part:
        hour, is_sure = hour % 12, True
    if find["half"] == "half past":
        minute = 30
    elif find["half"] == "quarter past":
        minute = 15
    elif find["half"] == "quarter to":
        hour, minute = (hour - 1) % 24, 45
    elif find["half"] == "halb":
        hour, minute = (hour - 1) % 24, 30
    return hour, minute, is_sure


def deadline_in(matter: str, sent_at: datetime | None, words: Iterable[str] | None = None) -> Deadline | None:
    """The customer's own deadline by rule: something that will not wait, and a time for it, in one sentence.
    hours is `inf` where the only times so bound lie further off than two days: then there is no deadline, whatever
    else reads the words. matter: as `markings.strip` gives it. sent_at: as in `times_in`."""
    if _EVENT_WORDS.isdisjoint(WORD.findall(matter) if words is None else words):
        return None
    text = matter.replace("\n", " ")
    if len(text) > READ:
        text = f"{text[: READ // 2]}. {text[-READ // 2 :]}"
    times = times_in(text, sent_at)
    if not times:
        return None
    near: list[float | None] = []
    far = False
    for event in _EVENT.finditer(text):
        for time in times:
            first, last = min(event.start(), time.start), max(event.end(), time.end)
            if last - first > 80 or any(mark in text[first:last] for mark in (". ", "! ", "? ", "; ")):
                continue
            if _OVER.search(text, max(0, first - 22), min(len(text), last + 12)):
                continue
            if time.hours is not None and time.hours > FAR:
                far = True
            else:
                near.append(time.hours)
    if near:
        known = [hours for hours in near if hours is not None]
        return Deadline("own deadline", max(0.0, min(known)) if known else None)
    return Deadline("further off than two days", float("inf")) if far else None
