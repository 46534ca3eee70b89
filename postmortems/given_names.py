"""Given names, and the short forms people go by, without accents and in lower case.

Used for people who have no account here, and to know that Kate is Katherine. What is an ordinary
word as well (ordinary_words.py) is left out of the names.
"""

GIVEN_NAMES = frozenset(
    """
    aaron abdul adam adele adrian agnes ahmed aidan akira alan albert alejandra alejandro alena
    alessandro alex alexander alexandra alexei alfred ali alice alicia alina alison amanda amelia
    amina amir amit ana anastasia anders andrea andreas andrei andrew angela anita anja anke ann
    anna anne annette annika anthony antoine anton antonio arjun arne arthur arun astrid axel
    barbara beata beatrice ben benjamin bernd bernhard birgit bjorn boris brenda brian bruno
    camilla carina carl carla carlos carmen carol caroline cecilia chandra charles charlotte chen
    chiara chloe christa christina christine christof christoph christopher claire clara claudia
    clemens colin connor craig cristina daniel daniela david deborah deepak denise dennis derek
    diana diego dieter dimitri dirk dmitri dominik donald donna dora doris dorothea douglas
    eduardo edward elena eleanor elias elin elisa elisabeth elizabeth ella ellen elsa emil emilia
    emily emma eric erica erik erika esther eugene eva fabian fatima felix fernando filip florian
    fiona frances francesca francesco francis franz frederik fredrik friedrich fumiko gabriel
    gabriela geoffrey georg george gerald gerhard gisela giulia giuseppe goran greta gregory
    guido gunnar gustav hakan hanna hannah hans harald haruki harry heidi heike helen helena
    helga henning henrik henry hiroshi holger hugo ian ibrahim igor ilse imran ines inga ingrid
    irene irina isabel isabella ivan jacob jacqueline jakob jakub james jamie jan jana jane janet
    janina jean jeffrey jennifer jens jeremy jessica jin joachim joan joanna joao johan johanna
    johannes john jonas jonathan jorge jose josef joseph josephine joshua juan judith julia
    julian juliane julie jurgen justin kaito kamal karen karin karl karsten katarina katharina
    katherine kathleen katja katrin kazuko keiko keith kelly kenji kenneth kerstin kevin khalid
    kim klaus konrad konstantin kristian kristin kristina krzysztof kurt lara lars laura lea leif
    lena lennart leo leon leonie lina linda linnea lisa lorenzo louis louise luca lucas lucia
    lucy ludwig luis luisa lukas lydia mads magdalena magnus maja malin manfred manuel marcel
    marco marcus margaret margarita maria marianne marie mario marta martha martin martina
    mathias mathilde matteo matthew matthias maximilian mehmet mei melanie michael michaela
    michelle miguel mikael mikhail milan miriam mohamed mohammed monica monika nadia nadine
    naomi natalia natalie nathan neil nicholas nicola nicolas nicole niels niklas nikolai nils
    nina noah nora norbert oksana olaf ole oleg olga oliver olivia omar oscar oskar otto pablo
    patricia patrick patrik paul paula paulo pavel pedro per petr petra peter petter philip
    philipp pia pierre piotr priya rachel rafael ragnar rahul rainer rajesh ralf ramesh rebecca
    regina renate ricardo richard rita robert roberto roger roland rolf ronald rosa rudolf sabine
    sakura samantha samuel sandra sanjay sara sarah sasha satoshi sean sebastian sergei sergio
    shannon sharon shirley silke silvia simon simone sofia sonia sophie stefan stefanie stella
    stephanie stephen steven sunil susan susanne suzuki svetlana sven takashi tamara tanja tatiana
    theodor theresa therese thomas thorsten tiago tim timothy tobias tom tomas tomasz tomoko
    torsten ulf ulrich ulrike umar ursula ute uwe valentina valeria vanessa vera veronica vijay
    viktor viktoria vincent vladimir walter wei wendy werner wilhelm william wolfgang xavier
    yasmin yannick yuki yuko yuri yusuf yvonne zhang zoe zofia
    """.split()
)

#: {short form: the names it stands for}
SHORT_NAMES = {
    short: frozenset(names.split())
    for short, names in {
        "abby": "abigail",
        "al": "albert alan alfred",
        "alex": "alexander alexandra alejandro alejandra aleksander",
        "andi": "andreas andrea",
        "andy": "andrew andreas anders",
        "annie": "anna anne ann",
        "basti": "sebastian",
        "becky": "rebecca",
        "ben": "benjamin",
        "bernie": "bernhard bernd bernard",
        "bert": "albert robert norbert hubert",
        "beth": "elizabeth elisabeth",
        "betty": "elizabeth elisabeth",
        "bill": "william",
        "bob": "robert",
        "bosse": "bo",
        "cathy": "catherine catharina",
        "charlie": "charles charlotte",
        "chris": "christopher christoph christian christina christine",
        "chuck": "charles",
        "dan": "daniel",
        "danny": "daniel",
        "dave": "david",
        "debbie": "deborah",
        "dick": "richard",
        "dima": "dmitri dmitry dimitri",
        "ed": "edward eduardo",
        "eddie": "edward",
        "fred": "frederik fredrik frederick alfred",
        "fritz": "friedrich",
        "gabi": "gabriele gabriela",
        "greg": "gregory",
        "hank": "henry",
        "hannes": "johannes",
        "hasse": "hans",
        "jack": "john",
        "janne": "jan",
        "jeff": "jeffrey geoffrey",
        "jen": "jennifer",
        "jenny": "jennifer",
        "jim": "james",
        "jimmy": "james",
        "joe": "joseph",
        "jon": "jonathan",
        "josh": "joshua",
        "kalle": "karl carl",
        "kate": "katherine catherine katarina katharina kathleen",
        "kathy": "katherine kathleen",
        "katie": "katherine catherine kathleen",
        "katy": "katherine catherine",
        "ken": "kenneth kenji",
        "klausi": "klaus",
        "larry": "lawrence",
        "lasse": "lars",
        "liz": "elizabeth elisabeth",
        "lizzie": "elizabeth",
        "maggie": "margaret",
        "manu": "manuel manuela",
        "matt": "matthew matthias",
        "max": "maximilian maxwell",
        "meg": "margaret",
        "micha": "michael",
        "mick": "michael",
        "micke": "mikael",
        "mike": "michael mikael",
        "misha": "mikhail",
        "nick": "nicholas nicolas",
        "nico": "nicolas nicolas nikolai nicola",
        "nisse": "nils",
        "pat": "patricia patrick",
        "patti": "patricia",
        "peggy": "margaret",
        "pelle": "per",
        "pete": "peter",
        "phil": "philip philipp",
        "rick": "richard",
        "rob": "robert",
        "robbie": "robert",
        "ron": "ronald",
        "rudi": "rudolf",
        "sam": "samuel samantha",
        "sandy": "sandra alexandra",
        "sasha": "alexander alexandra aleksandr",
        "sebbe": "sebastian",
        "sepp": "josef",
        "steffi": "stefanie stephanie",
        "steve": "steven stephen",
        "sue": "susan susanne",
        "ted": "theodor edward",
        "tim": "timothy",
        "tobi": "tobias",
        "tom": "thomas tomas",
        "tommy": "thomas",
        "tony": "anthony antonio anton",
        "uli": "ulrich ulrike",
        "vicky": "victoria viktoria",
        "vlad": "vladimir",
        "will": "william",
        "wolfi": "wolfgang",
        "zach": "zachary",
    }.items()
}
