"""Words that are names and also ordinary words, in lower case.

In a text they are taken for a person only when written with a capital, and even then only asked
about. Names of tools and places that engineers write about all day are here for the same reason.
"""

ORDINARY_WORDS = frozenset(
    """
    ace ada amber angel apollo april archer argo art ash aspen athena atlas august aurora
    autumn avery baker banks barker barn basil bass bay bea bean bell berg berry best bill bird
    bishop black blake bliss blue bolt bond book booth bow branch brand bread brook brooks
    brown buck bud burns bush butcher butler cage candy cannon car carbon carpenter carter case
    cash cassandra castle celeste chain chance chapel charity chase chef cherry chip christian
    church clay clear cliff close cloud coal cole colt conductor consul cook cooper coral core
    cotton court crane cross crystal curry daisy dale dan dane dash data dawn day deacon dean
    dell delta denver destiny dex diamond dick dixie dock don dot drew driver drum duke dusty
    dutch earl early east echo eden elm ember english eve ever faith fall farmer fern field
    fields finch fire fisher flint flora flower flowers flux ford forest foster fox frank
    french friday frost galaxy gale garden gates gene genesis gentle ginger glass glen go gold
    golden good goodwin grace grant gray green grey guard gulf gun guy hack hale hall hand
    hardy harmony harper hart haven hawk hay haze hazel head heart heath heather heaven helm
    herb hero hill hollow holly holmes holy home honor hood hook hope host house howe humble
    hunt hunter ice ion iris iron ivory ivy jack jade jasmine java jay jazz jenkins jet jewel
    job joy judge julia july june junior juniper justice kafka kay keen kelvin key keys king
    kit kite knight lake lamb lambda lance land lane large lark law lead leader lee legend
    liberty light lilac lily linden lock long lot love low luck lucky lynx mac magic major
    maker maple march marina mark marker marks marsh marshal mason master maven max may meadow
    melody mercury mercy merit merry miles mill miller mills mint misty moon moore moss nat
    nick night nixon noble noon north nova oak olive olympia omega opal oracle orange otter
    page paige paris park parker parks pascal pat patience peace peaches pearl penny perl
    person phoenix pierce pike piper plant player plum poe pole pool poppy porter post potter
    power powers pratt precious press price pride prince prosper puck python quick quill rain
    raven ray red reed reef rene rich river rivers road rob robin rock rod roman root rose roth
    rowan ruby rush russet rust rusty sage saint sales salt sand sandy saturn savage save
    scarlet sea serene shade sharp shaw shell shepherd shore short silver singer sky slade
    slate small smart smith smoky snow sol sonic south sparks spencer spring star steel steele
    sterling stern stone storm story street strong sue sugar summer summers sunday sunny swan
    sweet swift tank teller temple tennant tiger timber tower town trace travis trinity tripp
    true tuck tucker turner twist vale van vault venus vera victor victoria victory violet
    violin virgin virginia vista wade walker wall waller walls ward ware warren waters wave way
    weaver webster wednesday weeks wells west wheat wheeler white will wills winter winters
    wise wolf wolfe wood woods woody word worth wren yang young zen zero zion
    """.split()
)

#: Names of mailboxes that belong to a job, not to a person.
SHARED_MAILBOXES = frozenset(
    """
    abuse admin administrator alerts all billing bot build ci contact data database demo deploy
    dev developer devops ec2-user editor engineer engineering everyone facilitator feedback git
    hello help helpdesk hostmaster incident incidents info infra infrastructure mail manager
    member monitoring mysql network news no-reply noreply notifications office on-call oncall
    operations ops owner pager person platform postgres postmaster reader release reply reports
    reviewer root security service services site sre staff status storage stories support
    sysadmin system team test tester ubuntu user web webmaster
    """.split()
)

#: What follows an @ without being a person.
NOT_HANDLES = frozenset(
    """
    all brand channel charset component everyone font font-face here import include int js
    keyframes latest media next online override page param property return returns room static
    staticmethod supports team test types
    """.split()
)

#: Names of things that act: "Jenkins restarted the job" tells of no person.
PRODUCTS = frozenset(
    """
    apollo argo athena atlas aurora basil cassandra castle chef consul dash delta echo flux galaxy
    helm hudson jade jasmine java jenkins julia kafka kite lambda mercury oracle pascal perl
    phoenix puck python ray ruby rust saturn selenium spark sparks spring swift travis trinity
    vault venus vera victor
    """.split()
)

MONTHS = frozenset("april august july june march may".split())

#: Two or three capitals that are nobody's initials.
ABBREVIATIONS = frozenset(
    """
    ac acl ad afk ai am ami aof api app arm asn at aws az bgp bi bios bsd bst ca ccu cd cdn ceo cest
    cet cfo ci cio cli cms cnc cpu cr crm cs css csv cto cve db dba dbs dc ddl de dev dhcp dml dmz
    dns doc dr ec eks em en end eng eod eof erp est eta eu faq fe fi fix fr fs ftp fyi gb gc gcp
    gcs gdp ge get gid gmt go gpg gpu gui ha hdd hpa hq hr htm ia id ii iii imo inc ini io iot ip
    ir irc is iso isp ist it jms jp jpg js jvm jwt kb kms kpi la lan lb lgtm lru ltd lts lun lvm
    mac max mb md mfa min ml mq mr ms mx my na nas nat nfs nic nl nm no noc not npm nr ns ny oid
    ok on oom op ops os ot pa pc pdf pe pem pgp php pi pid pk pl pm png po pod pop pr ps pst pt
    put qa qps ra ram rbac rc rd rds ref rfc ro row rpc rpm rps rpo rto ru run sa san sdk se sev
    sf sg sip sku sla sli slo sms smb sns soc sql sqs sre ssd ssh ssl sso st svc svg sv tb tbd tcp
    td tls tmp to ttl tv txt uat udp ui uid uk uri url us usb utc uts ux va vcs vip vlan vm vms vp
    vpc vpn vs waf wal wan wip www xml xss yes yml zfs
    """.split()
)

#: Words that open a sentence and are nobody's family name.
OPENERS = frozenset(
    """
    a after all also an and another any as at because before both but by during each either every
    everybody everyone few finally first for four from he her here his how however i if in instead
    is it its last later many most nobody none no not now of on once one only or our second several
    she since so some somebody soon still ten that the their then there these they third this those
    three to today tomorrow two until was we were what when where which while who why with yes
    yesterday you your monday tuesday wednesday thursday friday saturday sunday january february
    march april may june july august september october november december
    """.split()
)
