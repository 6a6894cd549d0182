/** Wishes of English callers that name no wish: presence for hours, surroundings for the address, courtesies. Same form as `englishRules`. */
import type { IntentRule } from "./intents-en.ts";

const staff =
  "(?:(?:the |any |your )?(?:doctors?|dentists?|dr \\w+|doctor \\w+|hygienist|receptionist|clinic|office|practice|place|surgery)|anyone|anybody|someone|somebody|people|you(?: guys| all| lot| people)?|u|yall|they|dr)";
const moment =
  "(?:sundays?|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|weekends?|weekdays?|evenings?|nights?|mornings?|afternoons?|holidays?|bank holidays?|public holidays?|christmas(?: day| eve)?|thanksgiving|easter|ramadan|eid|new years?(?: day| eve)?|lunch(?:time)?|today|tomorrow|now|late|early|\\d{1,2}|noon|one|two|three|four|five|six|seven|eight|nine|ten)";

export const indirectEnglish: readonly IntentRule[] = [
  [
    "ask-hours",
    8.3,
    "(?:which|what) days?(?: \\w+){0,4} (?:coming|comes?|available|present|attend(?:s|ing)?)|(?:find|catch) (?:you|someone|anyone|anybody)(?: \\w+)? (?:there|open|in|at)",
  ],
  [
    "ask-hours",
    7.8,
    "(?:your|the (?:clinics?|offices?|doctors?|dentists?)) (?:\\w+ )?(?:schedule|timings?|timetable|working days|week like)|what are the (?:timings?|times)",
  ],
  [
    "ask-location",
    8.8,
    "(?:way|route|road) to (?:reach|get (?:to|there)|find)(?: \\w+){0,3}|(?:reach|get to|come to|find) you(?: \\w+)? (?:by|from|with|using|via) \\w+|(?:by|take the|take a) (?:bus|metro|subway|tube|train|tram|taxi)",
  ],
  [
    "leave-message",
    9.2,
    "pass (?:this |it |that |something |the message )?on (?:to \\w+|that|this)|(?:relay|forward)(?: \\w+){0,3} (?:to|message)",
  ],
  [
    "speak-to-human",
    9.3,
    "(?:anyone|anybody|some ?one|somebody|person)(?: \\w+)? (?:i|we) (?:can|could|may) (?:speak|talk)(?: \\w+)?|(?:real|actual|living) (?:somebody|someone|person|human|people|voice)",
  ],
  [
    "goodbye",
    6.8,
    "(?:wont|dont want to|not) keep you(?: \\w+){0,2}|(?:enjoy|have) (?:your|a|the)(?: rest of)?(?: your| the)?(?: \\w+)? (?:day|evening|night|weekend|afternoon|morning|week|one)",
  ],
  [
    "emergency",
    11.5,
    "(?:face|cheek|jaw|neck|eye|lip|gums?|throat|tongue|mouth)(?: \\w+){0,3} (?:balloon(?:ed|ing)?|puff(?:ed|y|ing)|blown up|blew up|huge|enormous|twice|double|the size of|closing|golf ball|tennis ball)|(?:stop|stopping|control) (?:the )?bleeding|bleeding (?:\\w+ ){0,3}stop",
  ],
  [
    "ask-hours",
    8.3,
    `(?:are|is|will|would|was|be|does|do) ${staff}(?: (?:still|usually|normally|always|also|be|going to be|ever))*(?: (?:around|in|there|here|on duty|at work|about|present|working|on|at the \\w+|in the (?:office|clinic)))(?: (?:on|at|in|over|during|for|the|this|after|before|until|till|past))* ${moment}`,
  ],
  [
    "ask-hours",
    8.3,
    `(?:are you|is there) (?:guys )?(?:around|still there|there)(?: (?:on|at|in|over|this))*(?: ${moment})?$|(?:are|is|will) there (?:be )?(?:anyone|anybody|someone|somebody|a (?:doctor|dentist))(?: (?:be|in|there|around|on duty|at the \\w+|in the \\w+))* ?(?:on|at|over|this|for)? ${moment}`,
  ],
  [
    "ask-hours",
    8.3,
    `(?:do|does|will|would|did) ${staff} (?:work|operate|run|do|take|have|see (?:people|patients)|shut|close|stop|finish|come in|get)(?: (?:on|at|in|over|during|for|the|any|a|late|early|off|patients|people|holiday|break))* (?:weekends?|sundays?|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|evenings?|nights?|holidays?|break|lunch|day off|days off|off|\\w+ hours|christmas|easter|late|hours)`,
  ],
  [
    "ask-hours",
    8.3,
    "(?:until|till|from|since|up to|to) (?:what|which) (?:hours?|time|oclock|day)|(?:at )?(?:what|which) (?:hour|time|days?) (?:do |does |are |is |will |can )?(?:you|u|they|the \\w+)(?: guys)? (?:\\w+ )?(?:open|opening|opened|close|closing|closed|shut|start|begin|finish|end|off|knock off|pack up|stop|leave|go home|there|around|in|working|work)|(?:what|which|when)(?: \\w+){0,3} (?:knock off|pack up|shut up shop|go home|wrap up|lock up|call it a day)",
  ],
  [
    "ask-hours",
    8.3,
    "(?:whats|what is|what are|whens|when is) (?:the |your )?(?:latest|last)(?: \\w+){0,3} (?:come|get (?:in|there)|arrive|show up|turn up|walk in|call in|come in|hour|patient)|how (?:late|early)(?: \\w+){0,4}|(?:what|which) days?(?: \\w+){0,4} (?:off|closed|work|works|working|in|there|come in|open|shut)|(?:what|which) days do|day off|days off",
  ],
  [
    "ask-hours",
    8.3,
    "(?:come|get|make it|arrive|show up|turn up|drop in|pop in|stop|swing|walk)(?: \\w+){0,7} (?:too late|too early|still be (?:open|there|around|in|working)|still (?:open|there)|have (?:gone|left|closed)|be (?:closed|open|shut|gone))|(?:will|would) (?:you|you guys|they|anyone|anybody|someone) (?:still )?be (?:there|around|in|open|working)|is (?:\\w+ ){1,5}too (?:late|early)|(?:you|u|they|we) (?:are |is |guys )?(?:opened|open|closed|shut|working)(?: \\w+){0,3}$|open or (?:closed|shut|not)|(?:24 hours|24 7|round the clock|walk ?ins?)",
  ],
  [
    "reschedule",
    8.6,
    "(?:change|move|switch|push|swap|shift|bring|put)(?: \\w+){0,2} (?:it|that|mine|things|this|one)(?: \\w+){0,6} (?:to|from|until|till|for) (?:the |next |about |like )?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|tomorrow|\\w+ (?:morning|afternoon)|one|two|three|four|five|nine|ten|eleven|\\w+th|third|first|second)",
  ],
  [
    "reschedule",
    8.6,
    "(?:see|come|be|do) (?:\\w+ ){1,5}instead of (?:this|the|my|on|\\w+day|tomorrow|today)|(?:later|earlier|sooner) than (?:planned|booked|my|our|the time|agreed|scheduled)|(?:swap|switch|exchange) \\w+day (?:for|with|to) \\w+day",
  ],
  [
    "ask-location",
    8.8,
    "(?:im|i am|we are|weve|ive|we|i|were|think im|got|get|gotten|been) (?:\\w+ )?(?:lost|outside|downstairs|driving (?:around|in circles)|going (?:around|round) in circles|standing|parked|in front of|at the (?:door|entrance|gate|corner|station|lights|roundabout))|(?:cant|cannot|can not|couldnt|couldn t|not|unable to|trying to|struggling to|help me|havent|how (?:do|can|to)|having trouble|trouble)(?: \\w+){0,2} (?:find|finding|found|see|seeing|locate|locating|spot)(?: \\w+){0,3} (?:you|it|u|place|clinic|building|office|entrance|door|sign|practice|way|surgery|address|street|number)",
  ],
  [
    "ask-location",
    8.8,
    "(?:what|which)(?: \\w+){0,2} (?:floor|street|road|avenue|building|block|bus|buses|train|line|exit|stop|station|tube|metro|subway|neighbou?rhood|district|area|side|corner|town|suburb|entrance|door|gate|level|suite|landmark)|(?:street|house|building|suite|door|unit|block|floor) (?:number|name)|(?:landmarks?|cross street|crossroads|one way|lift|elevator|wheelchair)|(?:what|which|who)(?:s| is| are)?(?: \\w+){0,3} (?:next to|near|nearby|close to|opposite|beside|behind|across from|by you|around there|closest to|nearest)(?: \\w+)?",
  ],
  [
    "ask-location",
    8.8,
    "(?:are|r|is) (?:you|u|it|that|the \\w+|your \\w+|this|they)(?: \\w+){0,2} (?:near|close to|next to|beside|opposite|across|behind|far|downtown|uptown|in town|in the (?:center|centre|mall|city)|in the same|on the (?:ground|first|second|third|main|same|left|right|corner)|around the corner|central|walking distance|reachable|off the)(?: \\w+)?|(?:nearest|closest) (?:\\w+ )?(?:station|stop|subway|metro|tube|bus|train|landmark|parking|car park)|(?:subway|metro|tube|bus|train|tram) (?:stop|station|line|stops)(?: \\w+){0,5} (?:you|near|nearby|nearest|close|closest|around|get off|clinic)|get off(?: \\w+){0,2} (?:at|the)",
  ],
  [
    "ask-location",
    8.8,
    "(?:somewhere|anywhere|place|space|spot|room|where)(?: \\w+){0,3} (?:leave|put|park|stop|for) (?:my |the |a |our )?(?:car|vehicle|bike|motorbike|van)|(?:car park|garage|parking|valet)|(?:where do i|which way|how do i)(?: \\w+){0,2} (?:go|turn|get there|get in|enter)(?: \\w+)?|(?:send|text|give|tell|share|whatsapp|drop)(?: \\w+){0,3} (?:location|address|directions|pin|map)|(?:far|walk|drive|minutes|miles) (?:is it |are you )?from(?: \\w+)?|how long (?:does it take|is it|to get|is the)(?: \\w+){0,4} (?:from|there|to you)|guide me|get (?:there|to you|to your)(?: \\w+)?|i come to you (?:from|by)",
  ],
  [
    "leave-message",
    9.2,
    "(?:pass|leave|drop|send|write|make|take|put|jot)(?: \\w+){0,5} (?:note|message|word for|memo)|pass (?:something|this|that|it|a \\w+)(?: on)? (?:on )?to|(?:note|message|word) (?:for|to) (?:the |my |dr |doctor )|(?:have|ask|get|tell|want|need|like)(?: \\w+){0,4} (?:to )?(?:ring|phone|call|text|contact|reach|get back to|get in touch with|get hold of) (?:me|us|my \\w+)|(?:give|gimme) (?:me|us) a (?:ring|call|bell|buzz|shout|tinkle)|(?:can|could|will|would|should|must)(?: \\w+){1,4} (?:ring|phone|call|text|contact|get back to|get in touch with) (?:me|us|back)",
  ],
  [
    "leave-message",
    9.2,
    "(?:let|tell|telling|inform|informing|notify|want|need|like)(?: \\w+){0,3} (?:know|that|im|ill|hes|shes|were|my \\w+|about)(?: \\w+){0,4} (?:late|delayed|on my way|on the way|behind|stuck|be there|early|waiting|outside)|(?:want|like|need|just) (?:to let )?(?:them|him|her|you|the \\w+|you guys) (?:to )?know|(?:telling|tell|informing|inform|warn|remind) (?:the |your |my )?(?:team|doctor|dentist|staff|reception|receptionist|dr \\w+|them|nurse|hygienist|office)|running (?:\\w+ )?(?:late|behind)|(?:im|ill be|will be|gonna be|going to be) (?:\\w+ ){0,3}(?:late|delayed)(?! appointment)",
  ],
  [
    "speak-to-human",
    9.3,
    "(?:talk|talking|speak|speaking|word|chat|deal|dealing)(?: \\w+)? (?:to|with)(?: \\w+){0,3} (?:some ?one|somebody|anyone|anybody|person|human|people|receptionist|reception|dentist|doctor|dr|manager|secretary|staff|nurse|boss|owner|team|supervisor)|(?:(?:put|pass|hand) (?:me|us|my call|this call) (?:on|over|through|across|back)|(?:transfer|patch|connect) (?:me|us|my call|this call)(?: (?:on|over|through|across|back))?)(?: to| with)?(?: \\w+){0,4}|(?:can|could) (?:you|i|we) (?:please )?(?:be )?(?:transfer|transferred|connected|put through)(?: \\w+){0,2}",
  ],
  [
    "speak-to-human",
    9.3,
    "(?:dont|do not|rather not|hate|tired of|sick of|enough (?:with|of)|not|stop) (?:\\w+ )?(?:want(?: to)? |like )?(?:(?:speak|speaking|talk|talking|deal|dealing)(?: to| with)? )?(?:to |with )?(?:this |the |an? |these )?(?:bots?|machines?|robots?|computers?|automated \\w+|ai|recordings?|automation)|(?:is|are) (?:there )?(?:some ?one|somebody|anyone|anybody|the (?:manager|receptionist|doctor|dentist|owner|boss)|dr \\w+)(?: \\w+){0,3} (?:to (?:talk|speak)|i (?:can|could) (?:speak|talk)|on the (?:phone|line)|take my call)|(?:get|give|find|fetch) me(?: \\w+)? (?:some ?one|somebody|a person|a human|a real)|(?:human|person|receptionist|manager|operator|someone real|somebody real|anyone real)(?: please| now)?$",
  ],
  [
    "goodbye",
    6.8,
    "(?:that|this|thats|thatll|that will|it|i think that|which)(?: (?:about|should|will|just|would|was|is|be|does|s|pretty much))* (?:covers?|all|it|everything|me sorted|me done|that|wraps)(?: (?:it|for|me|then|now|thank|thanks|you|i wanted|i needed|i need|today|from|up|really|to know|up then|so|all|everything|from me))*$|(?:nothing|no more)(?: \\w+){0,2} (?:more|else|further|questions)(?: from me)?|(?:ill|let me|i will|i shall|ill better|gonna|better|gotta|got to|have to|must|should) (?:let you (?:go|get on|get back)|leave (?:it|you) (?:there|to it|be|at that)|get going|head off|be off|be going|run|dash|go now|hang up|be on my way|get off)(?: \\w+)?",
  ],
  [
    "goodbye",
    6.8,
    "(?:catch|see|speak|talk|chat|ring|call) (?:to |with )?(?:you|ya|u)? ?(?:later|soon|tomorrow|then|again|around|next \\w+|on \\w+day)$|(?:im|were|we are|i am|all) (?:off|done|finished|sorted|set|through|good)(?: (?:then|now|here|thanks|thank you|for today|with everything|very much|so much))*$|(?:ive|i have|i) (?:got|have) (?:what|everything|all)(?: \\w+){0,2} (?:needed|need|wanted|want|came for)|(?:so long|farewell|ta ra|ta ta|toodle \\w+|cheerio|laters|good ?night|ciao|enjoy (?:your|the rest of your) \\w+|have yourself a|thanks for (?:your |all your |the )?(?:help|time|everything|info\\w*)(?: bye)?$)",
  ],
  [
    "emergency",
    11.5,
    "(?:mouth|tooth|teeth|gums?|socket|nose|tongue|lip) (?:\\w+ ){0,3}(?:full of|pouring|gushing|covered in|dripping)(?: \\w+)?|(?:full of|covered in|lots of|losing|lost|losing a lot of|swallowing|gushing) blood|(?:jaw|cheekbone|face) (?:\\w+ ){0,2}(?:broken|fractured|dislocated|locked|smashed)|(?:broke|broken|fractured|dislocated|smashed)(?: \\w+){0,2} jaw|(?:tooth|teeth)(?: \\w+){0,3} (?:knocked|fell out|came out|popped out|got kicked|punched|in my hand|in his hand|in her hand)|(?:cant|cannot) open (?:my|his|her) (?:mouth|jaw|eye)|throat (?:\\w+ ){0,2}(?:closing|closed|tight|swelling|swollen|shut)",
  ],
  [
    "emergency",
    11.5,
    "(?:fell|hit|crashed|kicked|punched|accident|slipped|tripped|knocked|banged|struck)(?: \\w+){0,8} (?:tooth|teeth|mouth|face|jaw)(?: \\w+){0,4} (?:out|off|bleeding|blood|broken|broke|gone|missing|loose|swollen)|(?:pain|toothache|hurts|hurting|ache) (?:\\w+ ){0,5}(?:cant (?:sleep|eat|think|function|move|talk)|crying|screaming|unbearable|passing out|fainting|throwing up)|(?:screaming|crying|sobbing) (?:in|from|with) (?:pain|agony)|(?:fever|temperature)(?: \\w+){0,5} (?:swollen|swelling|swelled)|(?:swollen|swelling)(?: \\w+){0,6} (?:fever|temperature|spreading|eye|neck|throat|breath\\w*|fast)|turning blue|numb all over",
  ],
];
