/** What English callers say, by intent: weight and pattern over normalised words (apostrophes gone, numbers as digits). */
import type { Intent } from "./types.ts";

export type IntentRule = readonly [intent: Intent, weight: number, source: string];

const visit = "(?:appointments?|appt|apt|bookings?|reservation|visit|slot|session|consultation)";
const team =
  "(?:some ?one|somebody|(?:a |an |the |your |real |actual |live )*(?:human|person|people|receptionist|secretary|operator|representative|rep|agent|manager|staff|member of staff|dentist|doctor|nurse|front desk|reception|team|office|owner|dr \\w+|doctor \\w+))";

export const englishRules: readonly IntentRule[] = [
  [
    "emergency",
    11,
    "(?:really|very|so|pretty) bad (?:\\w+ )?(?:pain|toothache)|cant (?:take|bear|stand) (?:it|the pain|this)(?: anymore)?",
  ],
  ["repeat", 8, "(?:i )?missed (?:that|it|what you said)|what was that(?: again)?"],
  [
    "reschedule",
    8.6,
    "(?:booked|scheduled|appointment (?:is|was)|have an appointment)(?: \\w+){0,6} (?:but|and)(?: \\w+){0,5} (?:better|instead|change|move|switch)",
  ],
  [
    "reschedule",
    8.6,
    "(?:need|want|like|have|wanna|can (?:i|we|you)|could (?:i|we|you)|possible|trying) (?:to )?(?:change|move|switch|push|shift|swap) (?:it|that|mine|things)",
  ],
  [
    "cancel",
    8.6,
    "(?:dont|do not|no longer|wont) (?:\\w+ )?(?:need|want|be needing)(?: \\w+){0,2} (?:appointment|booking|visit|slot)|take (?:me|my name) off|free up my (?:slot|appointment)",
  ],
  [
    "emergency",
    12,
    "(?:cant|cannot|can not|trouble|difficulty|hard(?: time)?|struggling|unable|not able)(?: to)? (?:breath(?:e|ing)?|swallow(?:ing)?)|(?:not|isnt|stopped) breathing|chok(?:e|ing)",
  ],
  [
    "emergency",
    12,
    "(?:wont|doesnt|will not|does not|cant|not|never) (?:\\w+ )?stop(?:s|ped|ping)? bleeding|bleeding (?:\\w+ ){0,4}(?:wont|doesnt|not|never|cant|lot|heavily|badly|everywhere|nonstop|profusely|bad)|(?:heavy|heavily|severe|lots? of|a lot of|so much|massive|non ?stop|profuse) (?:bleeding|blood)|bleeding|blood (?:\\w+ ){0,2}(?:everywhere|all over|coming|pouring)|(?:spitting|coughing|vomiting)(?: up)? blood",
  ],
  [
    "emergency",
    11,
    "emergency|emergencies|911|ambulance|(?:passed|passing|blacked) out|unconscious|collapsed|fainted|fainting|chest pain|heart attack|allergic reaction|anaphyla\\w+",
  ],
  [
    "emergency",
    11,
    "(?:severe|severely|terrible|unbearable|excruciating|extreme|horrible|awful|intense|agonizing|insane|worst|crazy|serious) (?:\\w+ ){0,3}(?:pain|ache|toothache|agony)|(?:pain|ache|toothache) (?:\\w+ ){0,4}(?:unbearable|excruciating|severe|killing|terrible|horrible|so bad|really bad|out of 10|10 out)|in (?:agony|so much pain|a lot of pain|terrible pain)|so much pain|cant (?:stand|bear|take) (?:the|this) pain|(?:killing|dying)(?: \\w+)? (?:me|pain|from)",
  ],
  [
    "emergency",
    11,
    "(?:knocked|broke|broken|fell|came|lost)(?: \\w+){0,4} (?:tooth|teeth)(?: \\w+){0,2} (?:out|off)|knocked (?:out )?(?:\\w+ ){0,3}(?:tooth|teeth)|(?:tooth|teeth) (?:\\w+ ){0,2}knocked out|(?:face|jaw|cheek|throat|neck|eye|mouth|gum|gums|tongue) (?:\\w+ ){0,3}(?:swollen|swelling|swelled|puffed)|swollen (?:\\w+ )?(?:face|jaw|cheek|throat)|abscess|broken jaw|broke my jaw",
  ],
  [
    "ask-robot",
    10,
    "(?:are|r) (?:you|u|this) (?:\\w+ ){0,3}(?:robot|bot|machine|computer|ai|human|real|recording|person|automated|chatbot|program)|(?:is|am i) (?:this|it|talking|speaking|that) (?:\\w+ ){0,4}(?:robot|bot|machine|computer|ai|human|real person|real|recording|person|automated|voicemail|program)|you (?:sound|seem) like a (?:robot|machine|recording|bot|computer)|you(?:re| are) (?:not )?(?:a |an )?(?:robot|bot|machine|ai|human|real)|(?:who|what) am i (?:talking|speaking) (?:to|with)|who are you|what are you$|robot or (?:a )?(?:human|person)|(?:human|person) or (?:a )?(?:robot|machine|bot)",
  ],
  [
    "speak-to-human",
    9,
    `(?:speak|talk|chat|connect me|put me through|transfer me|transfer|pass me|get me|give me|let me (?:speak|talk)|reach|hand me)(?: over)? ?(?:to|with|through to)? ?${team}`,
  ],
  [
    "speak-to-human",
    8,
    `(?:want|need|like|prefer|rather have|is there) (?:to )?(?:\\w+ )?(?:a |an )?(?:real |actual |live )?(?:human(?: being)?|real person|person|receptionist|operator|representative|manager)|^(?:a )?(?:human|real person|operator|agent|representative|receptionist|reception)(?: please)?$|real (?:human|person)|actual (?:human|person)|(?:human|person|operator|representative) please|is there (?:anyone|anybody|someone|somebody)(?: \\w+){0,5}(?: talk| speak)|(?:someone|anybody|anyone|somebody) (?:else )?(?:i can )?(?:talk|speak) to|dont want to talk to (?:a |an )?(?:robot|machine|bot|computer)`,
  ],
  [
    "leave-message",
    9,
    "(?:leave|take|pass(?: on| along)?|give|send|record) (?:\\w+ ){0,4}(?:message|note|word)|voice ?mail|message for",
  ],
  [
    "leave-message",
    8,
    `(?:call|phone|ring|get back to|contact|text) me(?: back)?|call ?back|callback|(?:tell|let) (?:\\w+ )?(?:the |your )?(?:doctor|dentist|team|staff|them|him|her|dr|office|reception|someone|somebody|manager)(?: \\w+){0,2} (?:that|know|im|i|to|hes|shes|we|my|the)|can you (?:tell|inform|notify) (?:the|them|him|her|dr|doctor)|(?:running|be|gonna be|going to be|a (?:bit|little)|min(?:utes)?) late`,
  ],
  [
    "reschedule",
    9,
    "re ?-?schedul(?:e|ed|ing)|re ?book(?:ing)?|(?:push|move|moved|moving|shift|switch|bump|postpone|delay|bring|put)(?: \\w+){0,7} (?:back|forward|earlier|later|another|different|to|off|up|until|till)|postpon(?:e|ed|ing)",
  ],
  [
    "reschedule",
    9,
    `(?:change|changing|move|moving|switch|swap|shift|push|delay|adjust|modify|alter|amend|update)(?: \\w+){0,5} (?:${visit}|time|day|date)`,
  ],
  [
    "reschedule",
    8.5,
    "(?:cant|cannot|can not|wont be able to|not able to|unable to|not going to|not gonna|wont) (?:make|come|do|attend|get)(?: \\w+){0,10} (?:another|different|other|instead|later|earlier|move|change|next|find|new|any chance|could we|can we|can i)|(?:another|different|other|new|later|earlier|better) (?:time|day|date|slot)|(?:come|do it|come in|be seen) (?:\\w+ ){0,3}instead of",
  ],
  [
    "cancel",
    9,
    "cancel(?:l?ed|l?ing|l?ation|s)?|call (?:it )?off|calling (?:it )?off|scrap (?:my|the|it|that)|(?:get rid of|drop|delete|remove|scratch|undo|void) (?:my|the|that|this|it)(?: \\w+){0,3}|nevermind the appointment",
  ],
  [
    "cancel",
    7.5,
    `(?:dont|do not|no longer|wont) (?:\\w+ )?(?:need|want|be needing)(?: \\w+){0,3} (?:${visit}|booking|it anymore|come)|(?:cant|cannot|can not|wont be able to|not able to|unable to|not going to|not gonna|wont) (?:make|come|attend|be (?:coming|there))(?: \\w+)?|not coming|changed my mind|forget (?:it|about it|the appointment|that)|never ?mind`,
  ],
  [
    "book",
    8,
    `(?:book|schedule|scheduling|arrange|reserve|make|set up|get|grab|have|organi[sz]e|fix|sort out|put me down for|sign me up for|need|want|like|request|take|after|squeeze)(?: \\w+){0,5} ${visit}`,
  ],
  [
    "book",
    7,
    "(?:book|booking|schedule|reserve|squeeze|fit|pencil|slot|put)(?: \\w+){0,2} (?:me|us|him|her|my \\w+|something|an?|in|for|with|one)|(?:id like|i want|i need|can i|could i|may i|i would like|looking|hoping|trying|wanna|want) to (?:book|schedule|reserve|come in|come by|be seen|see|make a booking)|^(?:book|booking|schedule|appointment|new appointment)$",
  ],
  [
    "book",
    7,
    "(?:see|visit|meet)(?: with)? (?:the |a |your )?(?:dentist|doctor|dr|hygienist|orthodontist)|(?:get|come|be|squeeze|fit)(?: \\w+){0,2} (?:in|seen)(?: \\w+)?|(?:new|next) appointment|appointment (?:please|for|with|on|tomorrow|today|this|next)",
  ],
  [
    "book",
    7,
    "(?:do you |have you )?(?:have|got|any|is there|are there|whats|what|when is)(?: \\w+){0,4} (?:availability|available|openings?|open slots?|slots?|free|space|room|appointments?)|(?:available|openings?|availability|free|space|slots?) (?:\\w+ ){0,3}(?:on|this|next|tomorrow|today|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|(?:earliest|soonest|first|next) (?:available|possible|slot|opening|you (?:have|can|could)|i (?:can|could)|appointment|day|date|time)|(?:can|could|able to|possible to)(?: you)? see (?:me|us|him|her|my \\w+)|can (?:the )?(?:doctor|dentist|dr \\w+|you|anyone) (?:see|fit|take|squeeze)",
  ],
  [
    "book",
    4.5,
    "(?:need|want|like|have|get|looking for|due for|after|in for|wanna|gotta get|interested in) (?:to (?:get|have|do|book) )?(?:\\w+ ){0,4}@service|@service (?:for|on|at|please|tomorrow|next|this)|(?:get|have) (?:my|his|her|our|a|the|these) (?:\\w+ )?(?:tooth|teeth)",
  ],
  [
    "book",
    4,
    "tooth ?ache|(?:tooth|teeth|gum|gums|molar|jaw) (?:\\w+ ){0,3}(?:hurts?|hurting|aches?|aching|sore|sensitive|painful|broke|chipped|loose|cracked)|(?:chipped|cracked|broken|loose|broke|sore) (?:\\w+ ){0,2}(?:tooth|teeth|filling|crown)|see (?:the |a )?(?:dentist|doctor)",
  ],
  [
    "ask-hours",
    8,
    "(?:opening|business|working|office|clinic|visiting|holiday|weekend|your|store|operating) (?:hours|times)|what (?:are )?(?:\\w+ ){0,3}hours|hours (?:are|do|of|on|for|please)|^hours$|(?:what|which) (?:time|days?|hours)(?: \\w+){0,5} (?:open|opening|close|closing|closed|shut|start|finish|work|working|operate|there)",
  ],
  [
    "ask-hours",
    8,
    "(?:when|how late|how early|until when|till when|until what time|till what time|how long)(?: \\w+){0,5} (?:open|close|closing|closed|shut|start|finish|work|operate|there)|(?:are|r|is|will|do|does|be) (?:you|u|they|it|yall|the clinic|the office|the practice|the dentist|we|the place|your \\w+)(?: \\w+){0,4} (?:open|closed|close|working|work|shut|opened)|you open|(?:open|closed|close|opened) (?:\\w+ ){0,3}(?:on|today|tomorrow|now|late|early|weekends?|saturdays?|sundays?|mondays?|fridays?|at|for lunch|during|over)|closing time|opening time",
  ],
  [
    "ask-prices",
    8.5,
    "how much|prices?|pricing|priced|costs?|costing|(?:what|whats|what is)(?: \\w+){0,4} (?:charge|fee|fees|rate|rates)|(?:do you|you) charge|fees?|expensive|cheap(?:er|est)?|afford|quote|estimate|rates|set me back|(?:any|special) (?:discount|offers?|deals?)|discounts?|the charge|run me|pay for",
  ],
  [
    "ask-location",
    8.5,
    "(?:where|wheres|whereabouts)(?: \\w+){0,4} (?:you|u|it|clinic|office|located|based|place|practice|dentist|building|entrance|at|find|location|surgery|park)|address|location|located|directions?|how (?:do|can|would|should) (?:i|we|you|one)(?: \\w+)? (?:get|find|reach|come|drive)(?: \\w+){0,3}|(?:what|which) (?:street|floor|area|part of|neighbou?rhood|building|city|town)|parking|park (?:my|the|there|a|nearby|near)|how far|nearest (?:station|subway|metro|bus|landmark)|near(?:by)? (?:the|to|what)|zip ?code|postcode|where are you|where is (?:it|that)|google maps?|on the map",
  ],
  [
    "ask-services",
    7,
    "(?:what|which|list|tell me about|about)(?: \\w+){0,4} (?:services?|treatments?|procedures?|speciali[sz]\\w*)|(?:services?|treatments?|procedures?)(?: \\w+){0,4} (?:offer|provide|have|do|available|there)|what (?:\\w+ )?(?:do|can|does) (?:you|u|yall|they|the clinic)(?: guys)? (?:do|offer|provide|treat)|what (?:kind|sort|type)s? of (?:\\w+ )?(?:work|things|services?|treatments?|dentistry|stuff|procedures?)",
  ],
  [
    "ask-services",
    7.2,
    "(?:do|does|can|did) (?:you|u|yall|your \\w+|they|the \\w+)(?: guys| also| even| still| all| folks| people)* (?:do|offer|provide|have|perform|handle|treat|make|accept|take care of|see|take|work on|speciali[sz]e)(?: \\w+){0,4} (?:@service|kids?|children|insurance|dental work|emergencies)|(?:is|are) @service (?:something|available|offered|done)|you (?:do|offer) @service",
  ],
  [
    "repeat",
    8,
    "(?:say|repeat|run) (?:that|it|this|again|the last)(?: \\w+){0,4}|(?:come|say) again|repeat(?: please| again)?|pardon(?: me)?|(?:didnt|did not|couldnt|could not|cant|cannot) (?:\\w+ )?(?:hear|catch|get|understand|make out)(?: \\w+){0,3}|what did you say|what was that|one more time|once more|excuse me what|^(?:what|huh|sorry|pardon|excuse me|sorry what|what sorry|eh)$|speak (?:up|louder|slower|slowly)|(?:louder|slower)(?: please)?|breaking up",
  ],
  [
    "goodbye",
    6.5,
    "good ?bye|bye(?: ?bye)?|see (?:you|ya)(?: \\w+)?|have a (?:good|nice|great|lovely) (?:day|one|evening|night|weekend|afternoon)|take care|talk (?:to you )?(?:later|soon)|(?:thats|that is|that will be|thatll be) (?:all|it|everything)(?: \\w+){0,3}|(?:im|were|we are|i am) (?:all )?(?:done|good|set)|hang up|nothing else|cheers bye|that does it|gotta go|have to go",
  ],
  ["thanks", 5, "thanks?(?: you)?(?: \\w+){0,4}|thank u|thx|cheers|appreciate(?: it| that)?|much obliged|ta"],
  [
    "greeting",
    3,
    "hello|hi|hey(?: there)?|good (?:morning|afternoon|evening|day)|howdy|hiya|greetings|yo|anyone there|anybody there|is anybody there|how are you",
  ],
];

export const englishYes =
  "yes|yeah|yep|yup|ya|yea|sure|ok|okay|correct|right|exactly|absolutely|definitely|of course|certainly|please do|go ahead|sounds? (?:good|great|perfect|fine|right)|perfect|great|fine|thats (?:right|correct|it|fine|good|perfect|great|ok|okay)|that is (?:right|correct)|thatll work|(?:that |it )?works(?: for me)?|that would be (?:great|good|fine|lovely)|uh huh|mm ?hm+|mhm|affirmative|you got it|confirm(?:ed)?|all good|alright|good|lets do (?:it|that)|do it|ill take it|book it|indeed|totally|yes please|please|why not|i do|it is|you bet|for sure|bingo|spot on|sure thing";
export const englishNo =
  "no|nope|nah|naw|not (?:really|at all|quite|right|correct|exactly|yet|now|today|that|interested)|no thanks?(?: you)?|negative|wrong|incorrect|thats (?:not|wrong)(?: \\w+)?|that isnt(?: \\w+)?|thats incorrect|i dont think so|absolutely not|dont|no way|uh uh|neither|none(?: of (?:those|them))?|never|nuh uh|definitely not|it isnt|it is not|it doesnt|id rather not|no need";
export const englishCorrection =
  "(?:no )?(?:i meant|i mean|i said|sorry i meant|make (?:it|that)|change (?:it|that|the \\w+)(?: \\w+){0,2} to|change my (?:name|number|phone)|rather|not (?:the )?@fact|correction|thats (?:wrong|not right|incorrect|not)|you (?:got|have|heard)(?: \\w+){0,3} wrong|actually|instead|wrong (?:day|time|name|number|date|service)|scratch that|wait|let me correct|should be|its (?:spelled|actually))";
