"""Little words, and letters of shared scripts, that give languages away, collected by hand."""

from __future__ import annotations

_WORDS = {
    "en": "the of and to in is you that it he was for on are with as his they be at this have from or had by not but "
    "what all were we when your can there an which their if will how about out many then them would like has "
    "more go see no could my than been who its now did get i she him me our us do does don't i'm it's let's "
    "hello hi welcome please thank thanks good morning today world here very just want know one two three four "
    "five six seven eight nine ten minutes monday tuesday wednesday thursday friday saturday sunday january "
    "february march june july october december new year years first last next every each people man woman time "
    "way work home house company video people's never always again off after before over under between through "
    "because while should may might must need make made take come going went said say says think much own same "
    "other any both few such only well back down won't can't isn't aren't you're we're they're that's there's "
    "water city country money book read write call tell ask try keep let begin show open close press click "
    "button red green blue white black happy birthday nice meet old great bye sorry love music children where "
    "learn learning learned quickly sister brother mother father friend friends night evening afternoon am "
    "anything something nothing everything someone everyone everybody little big small long",
    "de": "der die das und ist nicht ich sie er wir ihr es ein eine einen einem einer mit von zu den dem des auf für "
    "im sich auch als wie aber nach bei aus wenn nur oder kann noch werden wird hat haben sind war was wo hier "
    "heute morgen sehr gut hallo guten tag danke bitte willkommen mein meine dein uns schon immer mehr alle vom "
    "zum zur über eins zwei drei vier fünf sechs sieben acht neun zehn minuten montag dienstag mittwoch "
    "donnerstag freitag samstag sonntag januar februar märz mai juni juli oktober dezember neu neue neues neuen "
    "neuer jahr jahre uhr unser unsere unseren unserer euer eure diese dieser dieses diesem jeder jede jedes "
    "jedem nie niemals wieder weil während soll sollte muss müssen macht machen geht gehen kommt kommen sagt "
    "sagen denkt mensch menschen mann frau zeit arbeit haus stadt land wasser buch geld viele viel wenig andere "
    "anderen selbst zwischen durch unter gegen ohne bis seit rot roten grün blau weiß schwarz drücken zweimal "
    "knopf gibt kein keine dass ob also dann doch ganz wollen möchte vielen leben liebe freund freunde freundin "
    "schwester bruder mutter vater kinder kind schnell langsam schön schöne schönes wochenende herzlichen "
    "glückwunsch geburtstag alles gute guter nacht abend wetter heiße heißt spät später bald gern gerne euch "
    "allen bahnhof lernen etwas nichts jemand niemand groß große klein kleine welche welcher ja nein tschüss "
    "weniger name welt hatte hätte würde können",
    "fr": "le la les un une des et est pas je tu il elle nous vous ils elles que qui dans pour sur avec ce cette ces "
    "mon ma mes son sa ses au aux du de en ne se plus mais ou où comme tout bien très bonjour merci salut "
    "aujourd'hui suis êtes sont c'est j'ai l d n qu était être avoir fait faire bienvenue demain oui non ici "
    "deux trois quatre cinq six sept huit neuf dix lundi mardi mercredi jeudi vendredi samedi dimanche janvier "
    "février mars avril mai juin juillet août septembre octobre novembre décembre nouveau nouvelle nouveaux an "
    "année années heure heures notre nos votre vos leur leurs chaque jamais toujours encore parce pendant doit "
    "faut peut peuvent va vont vient dit dire pense homme femme gens temps travail maison ville pays eau livre "
    "argent beaucoup peu autre autres même entre sous contre sans jusqu'à depuis rouge vert bleu blanc noir fois "
    "prochain prochaine à a ont ai as avez avons sommes cela ceci ça quand alors aussi cet lors donc toutes tous "
    "toute qu'il d'un d'une l'on voici voilà s'il n'est par chez joyeux anniversaire ami amis amie sœur frère "
    "mère père enfant enfants vite lentement beau belle nuit soir soirée matin musique amour rien quelque "
    "quelqu'un personne grand grande petit petite petits petites bon bonne bons vie jour jours monde plaît "
    "voudrais veux peux sais mieux gare quel quelle quels cher chère dont afin été moins nom couleur hommes ni "
    "sera avait",
    "es": "el la los las un una y es no yo tú él ella nosotros ellos que quién en de del al por para con su sus mi mis "
    "lo le se más pero como muy bien hola gracias buenos buenas días tardes está están hoy mañana qué cómo dónde "
    "cuando porque también todo todos este esta eso soy eres somos son hay tiene bienvenidos sí nos fue hacer "
    "uno dos tres cuatro cinco seis siete ocho nueve diez lunes martes miércoles jueves viernes sábado domingo "
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre nuevo nueva "
    "nuestra nuestro nuestros año años hora horas cada nunca siempre otra otro otros vez mientras debe puede "
    "pueden va van viene dice decir piensa hombre mujer gente tiempo trabajo casa ciudad país países agua libro "
    "dinero mucho mucha poco mismo entre bajo contra sin hasta desde rojo verde azul blanco negro veces próximo "
    "te tu ha han he estamos era ser hace ahora aquí así entonces ya sólo solo sobre me gusta gustan gustaría "
    "música feliz cumpleaños noche noches amigo amigos amiga hermano hermana madre padre niño niños niña rápido "
    "despacio vida mundo amor nada algo alguien nadie grande pequeño pequeña tan junto cerca lejos después antes "
    "izquierda derecha esa ese esos estos estas fuego tengo tienes quiero quieres favor adiós cuál cuánto "
    "cuántos dio señor señora sea tus les os menos nombre color muchos muchas hombres cualquier ni dijo",
    "pt": "o a os as um uma e é não eu você ele ela nós eles que quem em de do da dos das no na nos nas por para com "
    "seu sua meu minha mais mas como muito bem olá obrigado obrigada bom boa dia tarde está estão hoje amanhã "
    "onde quando porque também tudo todos este esta isso sou são tem há foi ao à pelo pela até vamos nosso dois "
    "três quatro cinco seis sete oito nove dez segunda-feira segunda feira terça quarta quinta sexta sábado "
    "domingo janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro novo nova "
    "nossa ano anos hora horas cada nunca sempre outra outro outros vez enquanto deve pode podem vai vão vem diz "
    "dizer pensa homem mulher gente pessoas tempo trabalho casa cidade país países água livro dinheiro muita "
    "pouco mesmo entre sob contra sem desde vermelho verde azul branco preto vezes próxima próximo às foram ser "
    "estar fazer agora aqui assim então já só sobre vocês feliz aniversário noite noites amigo amigos amiga "
    "irmão irmã mãe pai criança crianças rápido depressa devagar vida mundo amor nada algo alguém ninguém grande "
    "pequeno pequena perto longe depois antes esquerda direita essa esse esses estas tenho quero quer favor "
    "adeus qual quanto custa gosto gosta música fica faz fazem línguas fala seus suas meus minhas lhe numa num "
    "deste desta nesta neste pra se menos nome cor muitos muitas homens qualquer lhes deles dela dele nem estou "
    "indo rindo falando fazendo dizendo sendo tendo estava",
    "it": "il lo la i gli le un una e è non io tu lui lei noi voi loro che chi in di del della dei delle da dal nel "
    "nella per con su sul suo sua mio mia più ma come molto bene ciao grazie buongiorno buona sera oggi domani "
    "dove quando perché anche tutto tutti questo questa sono sei siamo ha hanno c'è al alla benvenuti sì stato "
    "fare due tre quattro cinque sette otto nove dieci tra minuti lunedì martedì mercoledì giovedì venerdì "
    "sabato domenica gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre dicembre nuovo "
    "nuova nostro nostra anno anni ora ore ogni mai sempre altra altro altri volta volte mentre deve può possono "
    "va vanno viene dice dire pensa uomo donna gente tempo lavoro casa città paese paesi acqua libro soldi molta "
    "molti poco stesso fra sotto contro senza fino rosso verde blu bianco nero prossimo prossima alle ai agli "
    "dai dagli nei sulla era essere fa adesso qui così allora già solo ho abbiamo avete quello quella quei mi "
    "piace piacciono vorrei musica buon buono buone compleanno notte amico amici amica sorella fratello madre "
    "padre bambino bambini bambina veloce presto vita mondo amore niente qualcosa qualcuno nessuno grande "
    "piccolo piccola vicino lontano dopo prima sinistra destra quelle questi queste voglio vuole prego "
    "arrivederci quale quanto quanti costa stai sta stanno miei mie tuoi suoi degli dello allo dallo nello coi "
    "fai fretta tanti tanto troppo si ci ne se meno nome colore uomini o e' qualche ed ad quanta",
    "nl": "de het een en is niet ik jij je hij zij ze wij we jullie van in op te met voor aan er dat die dit deze als "
    "maar om ook bij naar uit wel nog kan heeft hebben zijn was wat waar hier vandaag morgen goed goede hallo "
    "dank bedankt welkom mijn jouw ons onze zeer heel veel wordt worden door over geen meer mensen twee drie "
    "vier vijf zes zeven acht negen tien maandag dinsdag woensdag donderdag vrijdag zaterdag zondag januari "
    "februari maart mei juni juli augustus oktober nieuw nieuwe jaar jaren uur elke elk nooit altijd andere keer "
    "omdat terwijl moet moeten kunnen gaat gaan komt komen zegt zeggen denkt mens man vrouw tijd werk huis stad "
    "land water boek geld weinig zelf tussen onder tegen zonder tot sinds rood rode groen blauw wit zwart "
    "volgende druk knop zich had werd hun haar u uw dus dan toch zo goedemorgen goedemiddag goedenavond allemaal "
    "iedereen graag gefeliciteerd verjaardag vriend vrienden zus broer moeder vader kind kinderen snel langzaam "
    "leven wereld liefde niets iets iemand niemand groot grote klein kleine dichtbij links rechts hoe hoeveel "
    "waarom welke wie muziek lekker mooi mooie avond nacht dag dagen ben bent hou houdt wil willen ja nee "
    "alstublieft alsjeblieft doei al nu laat leeg mij",
    "af": "die en is nie ek jy hy sy ons julle hulle van in op te met vir aan daar dat hierdie wat maar om ook by na "
    "uit kan het was waar hier vandag môre goed goeie hallo dankie welkom my jou baie word sal 'n as nog een "
    "twee drie vier vyf",
    "sv": "och att det som en på är av för med den till inte har de ett om han hon jag du vi ni men var sig från så "
    "kan man när år än nu skulle mycket bara efter hej tack god dag idag morgon välkommen vad hur mitt min din "
    "ska också eller alla här där mig två tre fyra fem sex sju åtta nio tio måndag tisdag onsdag torsdag fredag "
    "lördag söndag januari februari mars maj juni juli augusti oktober ny nytt nya klockan varje aldrig alltid "
    "andra gång gånger medan måste går kommer säger tänker människor kvinna tid arbete hus stad land vatten bok "
    "pengar lite själv mellan under mot utan sedan röd röda grön blå vit svart nästa vårt vår våra deras dem "
    "hade blir mår vem varför ligger hjälpen hjälp vän vänner syster bror mor far barn snabbt liv värld kärlek "
    "ingenting något någon stor liten nära kväll natt grattis födelsedag tycker musik snälla ja nej",
    "da": "og at det som en på er af for med den til ikke har de et om han hun jeg du vi i men var sig fra så kan man "
    "når år nu skulle meget efter hej tak god dag morgen velkommen hvad hvordan min din skal også eller alle her "
    "der mig blev havde kun noget hvor mange deres to tre fire fem seks syv otte ni ti mandag tirsdag onsdag "
    "torsdag fredag lørdag søndag januar februar marts maj juni juli august oktober ny nyt nye klokken hver "
    "aldrig altid andre gang gange mens må går kommer siger tænker mennesker mand kvinde tid arbejde hus by land "
    "vand bog penge lidt selv mellem under mod uden siden rød røde grøn blå hvid sort næste vores jeres dem "
    "blive købte øjeblik tryk knap æbler hvorfor hvem ligger hjælpen hjælp ven venner søster bror mor far barn "
    "børn hurtigt liv verden kærlighed ingenting nogen stor lille nær aften nat tillykke fødselsdag tusind musik "
    "ja nej gør jer hedder",
    "nb": "og at det som en på er av for med den til ikke har de et om han hun jeg du vi i men var seg fra så kan man "
    "når år nå skulle mye etter hei takk god dag morgen velkommen hva hvordan min din skal også eller alle her "
    "der meg ble hadde bare noe hvor mange deres to tre fire fem seks sju åtte ni ti mandag tirsdag onsdag "
    "torsdag fredag lørdag søndag januar februar mars mai juni juli august oktober ny nytt nye klokken hver "
    "aldri alltid andre gang ganger mens må går kommer sier tenker mennesker mann kvinne tid arbeid hus by land "
    "vann bok penger litt selv mellom under mot uten siden rød grønn blå hvit svart neste vår vårt våre dem bli "
    "kjøpte trykk knapp epler øyeblikk hvorfor hvem ligger hjelpen hjelp venn venner søster bror mor far barn "
    "raskt liv verden kjærlighet ingenting noen stor liten nær kveld natt gratulerer bursdag tusen musikk ja nei "
    "gjør dere heter",
    "is": "og að það sem á er ekki ég þú hann hún við þið þeir í um með til af frá en var hefur eru góðan daginn takk "
    "halló dag velkomin hvað hvernig minn þetta mjög líka eða allir hér þar tveir þrír fjórir fimm sex sjö átta "
    "níu tíu eftir",
    "fi": "ja on ei se että en oli hän minä sinä me te he mutta kun niin kuin myös tai jos ovat olen olet tämä mitä "
    "missä nyt vain hyvää huomenta päivää hei kiitos tervetuloa tänään huomenna hyvin kaikki minun sinun mikä "
    "ole olla joka jo vielä sitten yksi kaksi kolme neljä viisi kuusi seitsemän kahdeksan yhdeksän kymmenen "
    "kuluttua maanantai maanantaina tiistai keskiviikko torstai perjantai lauantai sunnuntai uusi vuosi vuotta "
    "kello koskaan aina toinen kerran koska pitää voi menee tulee sanoo ihminen ihmiset mies nainen aika työ "
    "talo kaupunki maa vesi kirja raha paljon vähän itse välillä alla vastaan ilman asti punainen vihreä sininen "
    "valkoinen musta ensi hänen heidän meidän teidän sitä tätä jotka kuuluu veli sisko äiti isä lapsi lapset "
    "nopeasti elämä maailma rakkaus mitään jotain suuri pieni lähellä yö ilta musiikki kuka miksi",
    "et": "ja on ei see et ma sa ta me te nad aga kui nii ka või kas olen oled oli tere aitäh päevast hommikust täna "
    "homme väga hästi kõik minu sinu mis kus siin kes palun ning oma meie mida üks kaks kolm neli viis kuus "
    "seitse kaheksa üheksa kümme pärast",
    "hu": "a az és egy hogy nem is van volt én te ő mi ti ők de ha mint csak még már meg ez ezt azt vagy lesz jó napot "
    "reggelt szia köszönöm üdvözöljük ma holnap nagyon minden hol mikor miért itt ott vagyok vannak kell lehet "
    "után kettő két három négy öt hat hét nyolc kilenc tíz hétfő hétfőn kedd szerda csütörtök péntek szombat "
    "vasárnap új év évek óra órakor soha mindig másik megy jön mond ember emberek férfi nő idő munka ház város "
    "ország víz könyv pénz sok kevés maga között alatt ellen nélkül piros zöld kék fehér fekete jövő voltak "
    "lesznek azért mert ami aki amely hogyan barát barátom nővér anya apa gyerek gyors élet világ szerelem semmi "
    "valami nagy kicsi közel éjszaka este zene kérem segítséget állomás szeretem igen",
    "pl": "i w na nie się jest to z do że jak ale co o po tak za od przez czy tylko już być był była są ja ty on ona "
    "my wy oni mam może bardzo dobrze dzień dobry cześć dziękuję witamy dzisiaj dziś jutro gdzie kiedy dlaczego "
    "wszystko ten ta dla przy nas ich pan jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć "
    "poniedziałek wtorek środa czwartek piątek sobota niedziela nowy nowa nowe rok lat godzina godzinie każdy "
    "nigdy zawsze inny raz razy ponieważ musi można idzie mówi człowiek ludzie mężczyzna kobieta czas praca dom "
    "miasto kraj woda książka pieniądze dużo mało między pod przeciw bez czerwony zielony niebieski biały czarny "
    "przyszły nasz nasze nasza wasz które który która jego jej go mnie proszę przyjaciel brat siostra matka "
    "ojciec dziecko dzieci szybko życie świat miłość nic coś duży mały blisko noc wieczór muzyka masz "
    "najlepszego wszystkiego dworzec lubię chcę",
    "cs": "a v na je se to že s do z i jak ale co o po tak za od jen už být byl byla jsou já ty on ona my vy oni mám "
    "může velmi dobře dobrý den ahoj děkuji vítejte dnes zítra kde kdy proč všechno ten ta pro při nebo jsem "
    "jsme není který která jeho ještě když jeden dva tři čtyři pět šest sedm osm devět deset pondělí úterý "
    "středa čtvrtek pátek sobota neděle nový nová nové rok let hodin hodina každý nikdy vždy jiný krát protože "
    "musí jde říká člověk lidé muž žena čas práce dům město země voda kniha peníze hodně málo mezi pod proti bez "
    "červený červené zelený modrý bílý černý příští náš naše váš které dvakrát nás vás mě ji jejich byly bude "
    "prosím přítel bratr sestra matka otec dítě děti rychle život svět láska nic něco velký malý blízko noc "
    "večer hudba máte máš nádraží pomoc chci ano ne",
    "sk": "a v na je sa to že s do z i ako ale čo o po tak za od len už byť bol bola sú ja ty on ona my vy oni mám "
    "môže veľmi dobre dobrý deň ahoj ďakujem vitajte dnes zajtra kde kedy prečo všetko ten tá pre pri alebo som "
    "sme nie ktorý ktorá jeho ešte keď jeden dva tri štyri päť šesť sedem osem deväť desať pondelok utorok "
    "streda štvrtok piatok sobota nedeľa nový nová nové rok rokov hodín hodina každý nikdy vždy iný krát pretože "
    "musí ide hovorí človek ľudia muž žena čas práca dom mesto krajina voda kniha peniaze veľa málo medzi pod "
    "proti bez červený červené zelený modrý biely čierny budúci náš naša naše váš ktoré dvakrát nás vás mňa ich "
    "bude boli ste stlačte tlačidlo prosím priateľ brat sestra matka otec dieťa deti rýchlo život svet láska nič "
    "niečo veľký malý blízko noc večer hudba máte máš stanica pomoc chcem áno",
    "sl": "in v na je se to da z za ne pa so kot ali ki od po tudi še že bil bila sem si smo jaz ti on ona mi vi oni "
    "imam lahko zelo dobro dober dan živjo hvala dobrodošli danes jutri kje kdaj zakaj vse ta pri kako kaj biti "
    "ena dva tri štiri pet šest sedem osem devet deset čez ponedeljek torek sreda četrtek petek sobota nedelja "
    "nov nova novo leto let uri ura vsak nikoli vedno drug krat ker mora gre pravi človek ljudje moški ženska "
    "čas delo hiša mesto država voda knjiga denar veliko malo med pod proti brez rdeč zelen moder bel črn "
    "prihodnji naš naša vaš kateri dvakrat nas vas njih bilo bomo boste sta prosim prijatelj brat sestra mati "
    "oče otrok otroci hitro življenje svet ljubezen nič nekaj velik majhen blizu noč večer glasba nisem ni bi "
    "ter",
    "hr": "i u na je se to da s za ne su kao ili koji od po također još već bio bila sam si smo ja ti on ona mi vi oni "
    "imam može vrlo dobro dobar dan bok hvala dobrodošli danas sutra gdje kada zašto sve ovo pri kako što biti "
    "nije svi ali iz jedan dva tri četiri pet šest sedam osam devet deset ponedjeljak ponedjeljka utorak srijeda "
    "četvrtak petak subota nedjelja novi nova novo godina godine sati sat svaki nikad uvijek drugi puta jer mora "
    "ide kaže čovjek ljudi muškarac žena vrijeme posao kuća grad zemlja voda knjiga novac mnogo malo između pod "
    "protiv bez crveni crvenu zeleni plavi bijeli crni sljedeći naš naša vaš koja dvaput nas vas ih bilo ćemo "
    "ćete će ću kupila bude lijepo molim prijatelj brat sestra majka otac dijete djeca brzo život svijet ljubav "
    "ništa nešto velik mali blizu noć večer glazba jesam jesi jest ste",
    "ro": "și în de la cu nu este sunt că o un una pe din pentru mai ce care au fost fi se el ea eu tu noi voi ei dar "
    "sau foarte bine bună ziua salut mulțumesc bun venit astăzi azi mâine unde când cum toate acest această să "
    "le al ai am avem dimineața lui unu doi trei patru cinci șase șapte opt nouă zece luni marți miercuri joi "
    "vineri sâmbătă duminică nou noul an ani ora ore fiecare niciodată mereu alt altă dată trebuie poate merge "
    "vine spune om oameni bărbat femeie timp muncă casă oraș țară apă carte bani mult puțin între sub contra "
    "fără până roșu verde albastru alb negru viitor nostru noastră noștri vostru ori nostri lor ne vă mi ți faci "
    "gara ești fac face prieten prieteni soră frate mamă tată copil copii repede viață lume dragoste nimic ceva "
    "mare mic seara noapte zi muzică ajutor vreau da",
    "ca": "el la els les un una i és no jo tu ell ella nosaltres que qui en de del al per amb seu seva meu meva més "
    "però com molt bé hola gràcies bon dia bona tarda està avui demà on quan perquè també tot tots aquest "
    "aquesta això sóc són hi ha benvinguts dels fer dos tres quatre cinc sis set vuit nou deu us em amics "
    "dilluns dimarts dimecres dijous divendres dissabte diumenge nova any anys hora hores cada mai sempre altre "
    "altra vegada vegades mentre han pot poden va van ve diu home dona gent temps feina casa ciutat país països "
    "aigua llibre diners molta poc mateix entre sota contra sense fins des vermell verd blau blanc negre vinent "
    "nostra nostre vostra vostre ens ets som fa ara aquí així llavors ja només botó dues estàs m'agrada si plau "
    "germà germana mare pare nen nens amic vida món amor gran petit nit vespre aquests aquestes",
    "gl": "o a os as un unha e é non eu ti el ela nós que quen en de do da dos das no na por para con seu súa meu máis "
    "pero como moi ben ola grazas bo bos días hoxe mañá onde cando porque tamén todo este isto son hai benvidos "
    "dous tres catro cinco seis sete oito nove dez",
    "eu": "eta da ez bat du ere izan zen dira baina hau hori zer nola non egun on kaixo eskerrik asko ongi etorri gaur "
    "bihar oso ondo gara naiz zara dago guztiak nire zure dut dugu bi hiru lau bost",
    "cy": "y yr a i yn mae ar o am gyda ei eu ond nid oedd wedi bod dw i'n chi ni hi fe bore da diolch croeso heddiw "
    "yfory iawn sut beth ble pan hefyd neu helo prynhawn hwn un dau tri pedwar pump",
    "ga": "an na agus tá is ní i ar le do go mé tú sé sí muid sibh siad ach nó bhí bhfuil conas cad cá dia duit maith "
    "agat fáilte inniu amárach seo sin raibh anseo dó trí ceathair cúig",
    "sq": "dhe në të e i një është për me nga se që nuk ka por si më do jam je jemi janë unë ti ai ajo ne ju ata mirë "
    "përshëndetje faleminderit mirëmëngjes sot nesër shumë ku kur pse gjithë kjo ky dy tre katër pesë",
    "tr": "ve bir bu da de için ile ben sen o biz siz onlar ne çok daha ama gibi var yok değil mi mı kadar sonra her "
    "şey merhaba teşekkürler teşekkür ederim günaydın hoş geldiniz bugün yarın nasıl nerede neden iyi güzel "
    "olarak en benim senin olan ki nasılsın iki üç dört beş altı yedi sekiz dokuz on pazartesi salı çarşamba "
    "perşembe cuma cumartesi pazar yeni yıl saat hiç asla zaman başka kez çünkü gerek gider gelir der insan "
    "insanlar adam kadın iş ev şehir ülke su kitap para az kendi arasında altında karşı kırmızı yeşil mavi beyaz "
    "siyah gelecek bizim sizin onun şimdi burada oldu oluyor edin nasılsınız kutlu olsun doğum günün arkadaş "
    "anne baba çocuk hızlı hayat dünya aşk büyük küçük gece müzik evet hayır lütfen istiyorum seviyorum",
    "az": "və bir bu da də üçün ilə mən sən o biz siz onlar nə çox daha amma kimi var yox deyil qədər sonra hər şey "
    "salam təşəkkür edirəm sabahınız xeyir bugün gün sabah necə harada niyə yaxşı gözəl olan ki iki üç dörd beş "
    "altı yeddi səkkiz doqquz on",
    "lv": "un ir ka ar no par uz kas es tu viņš viņa mēs jūs nav bet vai tas tā šis kā arī ļoti labi sveiki paldies "
    "labdien labrīt laipni lūdzam šodien rīt kur kad kāpēc viss mans tavs ja būt bija lai pie viens divi trīs "
    "četri pieci",
    "lt": "ir yra kad su iš apie ant kas aš tu jis ji mes jūs nėra bet ar tai ši kaip taip pat labai gerai sveiki "
    "labas ačiū diena rytas šiandien rytoj kur kada kodėl viskas mano tavo jei būti buvo į vienas du trys keturi "
    "penki",
    "vi": "và là của có không tôi bạn anh chị em chúng ta họ này đó một những các được cho với trong người rất xin "
    "chào cảm ơn hôm nay ngày mai thế nào ở đâu khi vì sao tốt đẹp đã sẽ đang hai ba bốn năm sáu bảy tám chín "
    "mười thứ tư chủ nhật mới giờ mỗi bao luôn khác lần phải đi đến nói nghĩ đàn ông phụ nữ thời gian công việc "
    "nhà thành phố nước sách tiền nhiều ít giữa dưới đỏ xanh trắng đen tới cô ấy bà mua tại về ra vào",
    "id": "dan yang di ini itu dengan untuk dari pada adalah tidak saya kamu anda dia kami kita mereka akan juga ke "
    "bisa ada sudah atau karena apa bagaimana selamat pagi siang malam datang terima kasih halo hari besok "
    "sangat baik semua dalam satu sebuah lebih oleh dua tiga empat lima enam tujuh delapan sembilan sepuluh mana "
    "lagi senin selasa rabu kamis jumat sabtu minggu baru tahun jam pukul setiap pernah selalu lain kali harus "
    "dapat pergi berkata orang pria wanita waktu kerja rumah kota negara air buku uang banyak sedikit sendiri "
    "antara bawah tanpa merah hijau biru putih hitam depan kantor tombol tekan nya belum telah sedang mau jika "
    "saat seperti kabar siapa mengapa kenapa ulang teman saudara ibu ayah anak cepat hidup dunia cinta musik "
    "besar kecil dekat suka ingin ya bukan para itulah",
    "fil": "ang ng sa na mga ay at ako ikaw siya kami tayo kayo sila hindi ito iyon po opo para kung ano paano saan "
    "kumusta salamat magandang umaga araw hapon gabi ngayon bukas napaka lahat maligayang pagdating ko mo ni si "
    "may isa dalawa tatlo apat lima",
    "sw": "na ya wa kwa ni la za katika hii hiyo mimi wewe yeye sisi ninyi wao si lakini au kama nini vipi wapi jambo "
    "habari asante karibu leo kesho sana nzuri wote yangu yako hapa kuwa cha moja mbili tatu nne tano",
    "eo": "la kaj estas de en ne mi vi li ŝi ni ili ke sed al por kun tio ĉi kio kiel kie saluton dankon bonan tagon "
    "matenon bonvenon hodiaŭ morgaŭ tre bone ĉiuj mia via aŭ pri el du tri kvar kvin",
    "mt": "u il l li ta' fil hija huwa jien int aħna intom huma ma mhux għal minn ma' bħal jew imma x'inhu kif fejn "
    "bonġu grazzi merħba illum għada ħafna tajjeb kollha dan din wieħed tnejn tlieta erbgħa ħamsa",
}
"""Language -> its most frequent little words, numbers and greetings."""

CYRILLIC = {
    "ru": "ыэёи|и в не на что с как это по но из у за вы так же от бы для привет сегодня мы он она они его её мой был",
    "uk": "їєґіи|і в не на що з як це та у за ви так від для привіт сьогодні",
    "be": "ўіыэё|і ў не на што з як гэта па але вы так ад для прывітанне сёння",
    "bg": "ъи|и в не на че с как това по но от за да се са здравей днес е ще си ли ни ми ти тя той ние вие те "
    "му беше бъде всеки всяка",
    "sr": "ђћјљњџи|и у не на да с како ово по али из за је се су здраво данас где ја ми ви сваки сваке има пет",
    "mk": "ѓќѕјљњи|и во не на дека со како ова но од за да е се здраво денес каде јас сум ние ќе",
    "kk": "әғқңөұүһі|және бұл мен сен бір үшін сәлем",
    "ky": "ңөү|жана бул мен сен бир үчүн салам",
    "tt": "әөүҗңһ|һәм бу мин син бер өчен сәлам",
    "mn": "өү|ба энэ би та нэг байна сайн уу юм",
}
"""Language -> its letters, then its little words."""

ARABIC = {
    "ar": "ةىأإؤئ|في من على إلى هذا هذه أن لا ما هو هي مع مرحبا شكرا اليوم",
    "fa": "پچژگکی|و در به از که این است را با برای آن سلام امروز من شما",
    "ur": "ٹڈڑںےھکی|ہے اور کے میں کی سے کا نہیں یہ آپ ہیں آج",
    "ps": "ټډړښږڼۍې|او په د کې له چې دی",
    "ug": "ۇۆۈېەۋڭ|ۋە بۇ بىر مەن سىز",
    "sd": "ڄڃڇڏڻڳ|۽ آهي جي ۾ کي",
    "ku": "ڕڵێۆە|و لە بە کە بۆ ئەم",
}

DEVANAGARI = {
    "hi": "है हैं का के की में और से को यह वह नहीं पर आप हम मैं क्या कैसे नमस्ते आज बहुत था",
    "mr": "आहे आहेत आणि चा ची चे मध्ये हा ही हे नाही मी तुम्ही आम्ही काय कसे नमस्कार आज खूप होते",
    "ne": "छ छन् र को का मा यो त्यो छैन म तपाईं हामी के कसरी नमस्ते आज धेरै थियो हो लाई",
}
"""Language -> its little words."""


def _inverted(table: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Word -> the languages that have it."""
    found: dict[str, list[str]] = {}
    for language, words in table.items():
        for word in words.split():
            found.setdefault(word, []).append(language)
    return {word: tuple(languages) for word, languages in found.items()}


LATIN = frozenset(_WORDS)
"""Languages written in Latin letters that can be told apart."""

LATIN_WORDS = _inverted(_WORDS)
