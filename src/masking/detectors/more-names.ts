// NOTE: data: names that are frequent among the peoples who live in the United States, and among children and old people of today; facts of public record
// (Census Bureau 2010 surnames, Social Security Administration by decade, statistical offices of the countries of origin), written down by hand; spellings
// without accents, apostrophes and spaces. Left out: what stands as a word in small letters in English prose.

/** First names, in the order of the alphabet. */
export const MORE_FIRST_NAMES = `
aarav aarti abayomi abdallah abdelrahman abdiel abdirahman abdoulaye abdulaziz abdulkarim abdullah abdulrahman abeni abid abimbola abiodun abiola abram
achilles adaeze adalberto adalynn adama adan adanna adebayo adebola adedayo adeel adel adelaide adelyn adeola adesola adetokunbo adewale adil aditi aditya
adnan adolfo adonis adriel afolabi aftab afua agamemnon agathe agnieszka ahiga ahlam ahmad ahmadou ahmet aidan aiguo aiko ailbhe ailing aine ainsley aishwarya
aisling aiyana ajay ajit akash akemi akhil akihiro akiko akinyi akosua akram akshay akua akwasi alaa alain alaina alamea alani alasdair alayna albane aldo
alec aleksander aleksandr aleksandra alessandra alessandro alessio alexei alexey alexzander alhassan alianna alima alina alivia aliya alla alok alondra alonso
aloysius alphonse alphonso alva amado amaka amal amandine amani amar amara amarachi amari amaya ambika ambra ambrose ameena ameer amelie amer amihan amin
aminata aminu amira amitabh amjad ammar anahi anahit anais anakin analyn anand ananya anas anastasios anastasiya anatoly anaya anders andree andrey andrij
andrzej angus anh ani anibal aniceto anish aniya anjali ankit ankita annalise anneke anneliese annelise annemarie annika anselmo ansley anson antelmo antione
antoine anton antonella antonina antonios antwan antwon anuj anuli anupama anuradha anwar aoife aparna apollo apostolos ara arabella aram arash arax archana
archer arden ardeshir ardith arely ariana ariel ariella aries arif aristea aristeo ariyah arjen arkady arlette arlo arlyn armand armani armen arnaud arnd arne
arnel arnoldo arnulfo arron arshak artem artemio artie artur aruna arvind asad asami asbjorn asha ashish ashlyn ashok ashot ashton ashwin asia asif asma asmaa
assefa assunta asuka asuncion athanasios athena atsa atticus aubree aubrie augustine aurelie aurelio aurore avanelle avigail avinash avraham awa awanata awino
ayaan ayaka ayako ayanna aydin ayesha ayla aylin ayman ayodele ayomide ayse aysegul ayumi azadeh azalea azhar aziel aziza azubuike babajide babak babatunde
badr bahram balaji baltazar bamidele bao baoguo baptiste baris barrett bart bartolome bartolomeo barton bartosz baruch basel basim bassam bastiaan batya
bayani baylee beata beau beckett beckham behnaz behrouz benedetta benedict bengt benigno benito benjie bennett benoit benson berk bernadeth bernardo bernd
bernie bernita bettyann bhaskar bhavana bidziil bijan bilal bina bingwen binh bintou birdie birgit birgitta bjarne bo boaz bobbye bodhi bogdan bogumila
boguslaw bohdan bohyun bonifacio borislav boubacar bowen boyce bozena braden bradyn braelynn brandan branislav brant braulio braxton braylen braylon breandan
breanna brecken brendon brentley brenton briar brice brid briella brinley bristol britt britt-marie britta brixton broderick brodie brody bronson bronwyn
brunella brunhilde bruno brynlee brynn buford bukola bunmi burak burl burton bushra busra byungho caden cadence cain cali callan callen callum calogero cam
camilo camryn candelario cannon caoimhe capucine carl-gustaf carlo carlotta carmelo carmine carrol carys casen cash cason cassidy cataleya caterina cathal
cathey catriona cayden cayetano cayson celestino celine celso cem cengiz cesare cesario cezary chaewon chaim chaitanya chana chandni chandrasekhar changmin
chano chantal chaoyang charlee charli charlotta chau chaya chayton chenguang cherrylyn chi chiamaka chibueze chidera chidiebere chidinma chie chijioke chika
chimamanda chinedu chinelo chinonso chinwe chioma chisom chiyo chizoba christoph christophe christos chukwudi chukwuemeka chukwuma chulsoo chunhua chunmei
cian ciara ciaran cinzia cipriano claudie claudio clemence clement clemente cletus cleveland clodagh clovis coby coen cohen colby collins colm colten columbus
conall conner conor corazon corbin cordelia cordell cormac cornelis cornell corrado cosimo coty courtland crew crispin cristobal crosby cruz cuauhtemoc cuc
cuilan cullen cuong curt cyril cyrus czeslaw daan daehyun dafydd dag dagmar dagmara dahlia daichi daisuke daithi dakota dalal dalia dalisay damaso damien
damion danh danial daniela danilo danna dante danuta dao dario darius dariush dariusz darko darleen darnelle darragh darrick darrius darryn dashawn datu davon
dawei dax daxton dayana dayo deacon deandre deangelo debbie deepa deepika deepti dehua delaney dele delfino delmar delois delphine demarco demarcus demetrio
demetrius deniz denny denver denys deon deonte deron derya deshawn desiderio desmond despina destiny devante devi devon devorah dewayne dewitt dezbah dhanraj
dhruv diallo diamond diarmuid didier diem diep dieter dietmar dillon dimitra dimitrios dindo dinesh dino dionisio dirk divina divya djibril doba dobroslav
domenico donal donatella donato donavan donghyun dongwook donnell donovan dorene dorian dorota dorris dov dragan draven duc dumisani duncan dung durwood dusan
dusty duyen dwain eamon eamonn earle earleen eason ebele ebenezer ebere eberhard ebru eden edgardo edison edmundo edoardo edyta edythe efosa efraim efren
ehsan eiji eilis einar eirik eirini eirlys ejike ekaterina ekene elaina eldon eldridge eleanora eleazar eleftheria eleni elfriede elham eliane elif elin elina
eliodoro elisabetta eliseo elisheva elke elliana elliott ellison ellsworth elodie elora elouise eloy elroy elske elton elvin elzbieta emanuel emanuele ember
emely emer emerie emerson emersyn emi emigdio emiko emil emile emilie emilija emine emmaline emmalyn emmanuelita emmanuelle emmet emory emre emrys encarnacion
endre eniola enoch enrico enza enzo eoin ephraim epifanio erasmo erasto ercan erdem eri erich erling ernestina ernie ernst erol erwin esben esfandiar esi
eskil esosa espiridion esra esteban estevan esti estrella estrellita etienne ettore eudora eugenie eugenio eulalia eulogio eunha eunji eunjung eunkyung
eunyoung eusebio eustacio evalyn evangelia evangelos evaristo everardo everest everette everleigh evie evonne ewa ewald ewan fabian fabien fabienne fabio
fabiola fabrice fabrizio fadekemi fadi fahad faisal faiza fang farah farhad farhan farid farida farideh farooq farrukh farzaneh fatemeh fatih fatimah fatma
faustino fausto fayette fayez faysal federica federico fedor fei feivel feliciano felicity femi femke feng ferdinand fereshteh fergal fergus fermin fernande
ferruccio fetu fiachra fiafia fidel fidencio fikret fikru filiberto filippo filomena fiona fionn fionnuala fiorella firas firouzeh fisher flavio fletcher
florante flordeliza florencio florian flynn folasade folorunsho ford foster fotini fouad franca francesco frans franz frederic fredericka fredric fredrik
freeland frida friedrich fritz fruma fulgencio fumiko fumio funke funmilayo gaelle gaetano gage galen galina ganesh gannon garabed gareth garland garret
gaspar gaston gatlin gaurav gauri gaylord gayoung gbenga geert gemma genadi genaro gennady gennaro georgi georgianna georgios geraint geraldo gerd gerda
gerhard germaine gerrit gerry gertie getachew geunhye gevorg ghada ghassan ghazal ghislaine giacomo giancarlo gianfranco giang gianluca gianni giannis gibson
gideon gifty gijs gildardo gilles ginalyn ginette gino giorgio giovani giovanna girish girma gisela giselle gittel giuliana giulio giuseppina glynis gohar
gokhan golnaz gonzalo gopal goran goro gosta gottfried govind gracelyn graciano graham grainne graysen grazia grazyna greger gregorio grigory griselda grover
grzegorz guanghui guangming gudrun guido guilan guillaume guiying gul gulsen gunilla gunnar gunner gunter guohua guoliang guoping guoqiang gurpreet gus gustaf
gustav gwenaelle gwenllian gwyneth habiba habtamu hadassah hadi hadley haejin hafiz hafsa hagop hai haider haifa haile haisley haitao haiyan hakan hal hala
haleigh halil halima halina halvard hamid hamidou hamish hamza hana hanako hanan haneul hanh hani hank hanneke hannelore hao harald hardeep harish harjit
harlan harland harlem harley harlow haroon harpreet harris harrison harsha hartmut haruka haruki hasan haseeb haseya hasmik hatem hatice haunani hauwa hayat
hayato hayes hayk heath heaven heba hedwig heejin heesun hege heike heiko heinz heladio helge hemant hendrik hendrika hendrix henk henley henrik henryk
heraclio herb hermenegildo hermilo hernando hershel herve hessa hezekiah hicham hideki hideo hien hieu hikari hilario hildegard hillel hilton hinata hind
hipolito hiram hiroko hiromi hirotaka hisako hisham hitesh hitomi hjalmar hoa hoai hok holger hollis homa hong hongmei hongwei honore hooman horacio horst
hortensia hossein houston hovhannes huda hugues huguette huifang huimin huiying hulya humberto hung husam huseyin husna huw huxley huy hyejin hyeonju hyeyoung
hyman hyojin hyunjin hyunjung hyunsook hyunwoo iain ibukun ichiro idalia idris ieuan ifeanyi ifeoma ifeyinwa igor ihor ijeoma ikechukwu ikenna iker ilaria
ilker ilse ilya iman immacolata immanuel imran inaam inci indalecio indira ineke inga inge ingeborg ingegerd ingemar ingvar inho intisar ioane ioanna ioannis
iokepa iolana iolo iqbal irena ireneusz irfan irmgard iryna isaiah isaias isamu isauro ishaan isiah isidore isidra isidro isileli isioma ismail isra issac
issam itsuki itzayana ivana ivory iwona iyabo izabella izaiah jaap jabari jaber jacek jacinta jacinto jackson jacobo jacoby jacquline jada jadiel jadranka
jadwiga jaehyun jaelynn jaesung jaewon jagdish jagjit jahangir jaiden jakob jakobe jalal jalen jaliyah jamaal jamal jamar jamarcus jameel jamel jameson jamey
jamila jamir jamison janiya jannette janusz jaroslav jaroslaw jarred jarrett jarvis jasleen jaspreet jaswinder jatin javon jawad jaxen jaxson jaxton jaxtyn
jaxx jaya jayce jayceon jayesh jaylah jaylee jayleen jaylen jaypee jayson jaziel jazlyn jazmin jazmine jean-baptiste jean-claude jean-luc jean-marc jean-paul
jeanetta jedidiah jefferey jeffery jeffry jelani jelena jelle jenesis jennylyn jens jensen jerald jeramy jere jeremie jericho jerod jeroen jerold jerrell
jerrilyn jerrod jerzy jesper jett jhun jiahao jiahui jialing jiaming jianguo jianhua jianjun jianmin jianping jiaqi jiayi jiayu jie jieun jihoon jihye jimena
jimin jinfeng jingjing jingyi jinho jinhua jinyoung jiro jisoo jiyeon jiyoung jocelyne jochen joelle joellen joesph joetta johan johann johannes jolanta
joleen jolynn jomar jonalyn jonas jongsoo jonnie joohyun joost jordy jorg jorgen joris jos josef joselito joselyn josette josue journee jovani jovelyn jozef
juancarlos judah jude judson juha jukka julien julieta julija julissa juma jun-jun junaid junghee jungho jungmin junho junichi junior juniper junjie junko
junseo justen justice jutta juvenal jyoti kaarina kabir kade kaden kaia kaiden kailani kailash kaimana kainoa kairo kaison kaitlynn kaito kaiwen kajsa kalani
kaleo kaliyah kalliope kalpana kalyani kamaka kamal kamala kamari kamau kamden kamdyn kameron kamila kamran kamryn kanako kanani kandace kane kannon kanoa
kaori kapono karan kareem karine karl-heinz karolina karson karsten karter kartik kase kash kashif kashton kason kassidy kasumi katarzyna katelynn katerina
katharina kathe kathi kathlyn katsumi kaushik kaveh kawthar kaydence kaylie kayode kazimierz kazuhiro kazuki kazuko kazuo keahi kealani keali keanu keaton
keegan keely keenan kees kehaulani kehinde kehlani keiko keira keisuke kekoa kelechi kellan kellen kemal kemi kendall kendrick kenia kenichi kenna kensley
kenta kenton kenyatta kenzo keola keoni kermit kerstin keshav keshawn keven keyvan khadijah khaled khalida khalil khanh khari khawla khoa khosrow kiara kiera
kieran kieth kieu kihyun killian kimberlee kimo kimora kingsley kinley kiona kip kira kiran kirby kirill kishore kiyoshi kjell klaas klara klaudia knut kobe
kody koen kohen koji kojo kolton komal konrad konstantin konstantinos koray korbin kostas kosuke kraig krishna kristal kristel kristofer krystyna krzysztof
ksenia kubra kulthum kumiko kunal kunle kusum kwabena kwaku kwangsoo kwasi kye kyla kylan kylee kyler kylie kyoko kyra kyree kyriakos kyrie kyson kyunghee
kyungsook lachlan ladan laetitia lagi laila lailah laleh lalita lam lamberto lamia lamont lan landen lando landry landyn laney langston lanny lanying laron
larue lasse lata lateef latifa latrell latrice latu laurent lauro lavern laverna lawerence laxmi lazaro leatrice lech leela leena lefteris lei leia leib leif
leighton leilani leimomi leinani lekan lemuel lenard lenna lennon lennox lenny leobardo leocadia leocadio leonel leonhard leonidas leonides leonie leonora
leopoldo lerato leszek letizia lettie leyla lian liana liborio lidiya lieke lien liesel lieselotte ligaya ligia lihua liisa lijuan lijun lilah lili lilith
liliya lilliana lindiwe linnea lino linwood liping liqin lisandro liwayway liwei lixin lizbeth lizeth ljiljana ljubica llewellyn loan lochlan lokelani loki
lonan londyn lonny lono lorcan lorelei lorenza lorinda lorine losa lothar lotte louetta louvenia loyd luan luanne lubna lucca lucette lucian luciana luciano
lucien lucienne lucrecia lucretia ludie ludmila ludovic ludovica lujain luka luqman lusine lutz luvenia luzviminda ly lyla lylah lyman lyndon lyric lyubov
lyudmila maaike maarten mabini macaria macario machteld maci macie maciej mackenzie maclovio madalyn maddalena madden maddison maddox madelene madhavi madhu
madilyn mads maeve magda magdaleno magne magnus maha mahdi mahendra mahesh mahina mahmood mahmoud maile mair mairead mairi majid makana makar makayla makena
makenna makenzie maki makoa makoto makram maksim malak malakai malaysia malcom malgorzata malia malie maliheh malik malini maliyah malka mamoru mamta mana
manaia mandla manfred manijeh manish manisha manjit manjula manny manoj manouchehr manpreet mansoor maralyn marcel marcelina marcelino marcelle marcello
marcellus marcelo marcial mardell marek margarete margarett margarito margert margit margot maria-eleni mariah mariam mariama mariangela mariann mariano
maribeth maricar maricel maricruz marie-claire marie-france marieke marijke mariko marilou marit marites mariusz marivic mariya marjan markus marlee marley
marlies marloes marlys marques marquetta marquis martiniano marvella marwa marwan marybeth maryjane maryjo marykate marzena masahiro masako masao masaru
masoud massimo mateusz mathieu mathilde matteo matthias matti mattia maudie mauricio maurine maurizio mauro maverick maxie maxim maxime maximino maximo maxton
maxwell mayank maynard maysa mayumi mazen mbali mckenna mckenzie mckinley meadow meenakshi megha megumi mehdi mehmet mehran meihua meili meiling meixiang
mekhi mekonnen mel melany melchor mele melodie melquiades memphis menachem mendel merlin mert mertie merve mervin mervyn meryem messiah mesut mette miah
michal michiko mickey midori mieczyslaw mieke mieko mijin mika mikael mikayla mikel miki mikko milan milena milford milica millard milo milorad mina minako
minghua mingming minho minji minjun minkyung minoo minoru minseo mireille mirela mirella mireya mirna miroslav miroslava miroslaw mirta misael misaki misook
mitra mitsuko mitsuru miyuki moana modesto mohammad mohan mohit moises mojgan momoko monika monroe monte monty morag mordechai morgane morten morteza morton
moshe mounir mourad moussa mozelle mthunzi muireann mukesh mukund mulugeta muna munir murat murray musa musab mustafa muzaffar mwangi myfanwy myla mylene
myrtice myrtis myunghee nabil nabor nada nadeem nadege nader nadezhda naftali nagaraj nahid naima nainoa najat najib nala nalani naledi nalini nam namjoon
nana nanami nanci nandini naoki naoko napoleon narayan narciso narek narendra naresh narges nascha nasir nasreen nasrin nasser nataly natalya natarajan
nathalia nathalie nathanial nathen natividad natosha naveen navneet nawal nayeli nazanin nazario nazli ndidi nechama necla neelam neeraj nehemiah nelida nenad
nenita neoma nereida nerys neville nga ngan nghia ngoc nhan nhi nhu nhung niall niamh nicanor nickolas nicky nicola nicolette nida niels nikhil nikita niklas
nikola nikolaos nikolas nilda niloufar nils nilufer ning nirmala nisha nitin nixon niyol nizar njeri nkechi nkem nkiruka nnamdi nneka noboru nobuko nobuo noe
noelani noemie nohea nohemi noirin nomsa nonito nonso norbert norberto noriko norris nour noura novella ntombi nuala nubia nuha nune nunzia nuray nyambura
nyasha nyla oakley oanh obed obinna obioma octavia odalys odd odelia odell odette odile odilon odin ogechi oguz oisin okan okechukwu oksana olabisi oladipo
olamide olayinka ole oleg oleh oleksandr oleksiy olen olena oleta olha olin olivier olufemi olufunke olumide olusegun oluwaseyi oluwatobi oma omaima omari
omer omolara ondine onur onyeka onyekachi onyx oonagh opeyemi oralia orazio oren orest oretha orhan orla orlo ornella orpha orval osama osamu osman ostap
osvaldo oswaldo otilia otoniel otto ouida ousmane ove ozan ozge ozlem ozzy padma padraig paea paislee pal paloma panagiota panagiotis pancho pankaj paola
paramjit paraskevi parisa parminder parvaneh parvati parviz pascal pascale pascual pasqual pasquale patrizia paulina paulino pavlos pawan pawel paxton payam
payton peadar peder pei pekka pellegrino peng perla petr petro petronila petros petter peyton phelim phoenix phong phuc phuoc phuong piedad pierce piero
pierrette pieter pietro pina pinar pinchas piotr pita placido plutarco pohai policarpo polina ponciano pooya poppy porfirio porter pradeep prakash pramod
pranav prasad prasanna prashant pratibha praveen preben primitivo prince princeton priscila priyanka procopio pualani purificacion pushpa qasim qiang qiaoyun
qin qing qinghua qiong quan quang queenie quentin quincy quinten quinton quoc quy quyen quynh rabia rachele radha radhika radomir radoslav raed raegan raelynn
rafe raffaele raffaella rafiq raghav raghunath ragnar ragnhild raiden rainer raizel raja rajan rajeev rajendra rajesh rajinder rajiv rajni rakesh ralf
ramachandran ramazan ramel ramesh rami ramil ramin ramonita ramsey rana randee randell rania ranjit raphael rasha rashad rashawn rashida rashmi rasmus
rastislav raven rayan rayden raymon raymonde raymundo raza reagan reatha rebeca recep reece reed reem reese refugio regan reggie rehana reid reiko reinaldo
reinhard rejean rekha remedios remi remington remy ren renaldo renata renate renato renaud renu renzo retha reuben reyes reynald reynaldo reza rhett rhiannon
rhodora rhodri rhys rianne riccardo ricco rickie rico ridge rie riggs rigoberto rikki riko rima rin rina rishi ritchie ritu river rivka riyad rizalina rob
robbin rocco rochel rodel rodger rodrick rodrigo roel rogaciano rogers rohan rohit roisin rolf rolland rollie romain romeo romolo romona romulo ronaldo ronan
rong ronin ronni roque rory rosalba rosalia rosaline rosalio rosalva rosaria rosaura roscoe roseanne roseline roselyn rosenda rosendo roshan roshni rossie
rostislav rotimi roxana roya royce rozella ruairi rubin rubye rudiger rudolf rueben ruel rufina rui rune rupa ruperto ruqayyah ruslan russel rustico ruthann
ruthe ruud ryatt ryker ryland rylee ryleigh ryo ryoko ryota ryszard saad saanvi sabah sabas sabine sabino saburo sachiko sachin sade sadegh sadhana sadhbh
saeed saeid safa safiya sahar saia saif saige saint sajid saki sakina salah salem salesi salif salim salimata salma salman salomon salvacion samba samia
samira samson sana sandeep sander sandrine sanford sangeeta sangho sanghoon sangmin sani saniyah sanja sanjeev sanne santa santana santina santino santo
santosh saoirse saqib sarai saraswati sariah sarita sarkis sarojini sarwat saskia satish satoko satoshi saturnino satya saverio savita sayaka sayuri scarlet
scot scottie seamus sebastien seda sedat seema sefina sefo segun seiji sekani sekou selah selam selim selin semisi semra seojun seoyeon seoyoon sepi sepideh
serafina serge sergey sergiy serkan servando setsuko seun seunghyun seungmin severiano severine sevgi sevim seymour shabnam shad shahid shahin shahla shahnaz
shahram shaima shaindel shakir shalini shamar shamim shan shanice shanika shaniqua shankar shantel shanti shaohua shaquana shaquille sharad sharen sharla
sharonda shavon shawanda shawnna shayne sheela sheila shelba shepherd sherice sheridan sherif sherilyn sherlyn sheron sherryl shigeru shikha shilah shiloh
shilpa shima shimon shinji shinobu shira shirin shirleen shirlene shiva shizuko shlomo shmuel sho shobha shoko shoshana shota shreya shruti shu shubham
shufang shufen shulan shun shuying shuzhen siamak sian sibel sibusiso siddharth siegfried sieglinde sienna sigbritt signe sigrid sigrun sigurd silke silvana
silverio silvestre silvio simcha simeon simin simona simran sina sinead siobhan sione siosaia sipho siranush siri sita sjoerd skye skyler slavica slavko
slawomir sloane slobodan smita sneha snezana socrates sofiya sohail sohee soheila solange solomon solveig sonal songul soojin sooyoung soraya sorcha soren
soroush sosefo sota sotirios soyeon spyridon sridevi srinivas sriram stamatis stanford stanislav stanislaw stavros stefan stefania stefano steffen stelios
stellan stepan stephane sterling stetson stevie sture styliani suad subhash subramaniam sudha sudhir sueann suellen suhail sukhdeep sukhwinder sukru sulaiman
suleyman sullivan sultan suma suman sumaya sumiko sumin sumit sunghoon sungmin sunhee sunyoung suraj surendra suresh sushila sushma susumu sutton suzan suzann
svein svitlana swapna swati sylvain sylvaine sylvie tabetha tad tadashi tadeo tadesse tadeusz tadhg taehyung taha tahir tahoma taiki taiwo takahiro takako
takao takashi takayuki takeo takeshi takoda takumi talal talia taliyah tallulah talon tam tamar tameika tamer tamiko tammara tan tao tapio taras tarek taro
tashia tasi tasneem tate tatsuo tatsuya tatum tatyana tavake tavaris tavita tawana tawanda tawnya teagan teena tegan tejas telesforo temitope tenley teodora
teodoro teofilo tequila terese teresita terje tetsuo tetsuya tevita thabo thad thaddeus thandi thandiwe thang thanos thao thea theodoros theola theron thi
thibault thien thierry thijs thinh thoa thomasina thong thor thorbjorn thorsten thuan thuc thulani thuraya thurman thuy tiana tiburcio tien tiernan tiffani
tigran tijs timoteo timur tingting tinsley titus tiziana toan tobi tobias tochi tolga tolu tomasa tomasi tomasz tomeka tommaso tomoko tomomi tone tonette
toney tonja tope tor torbjorn tore toriano toribio torsten toru tosha toshiko toshio tova tovah tove towanda tram trang traudl travon tremaine trenton tressa
treva trevon trey trinh trinidad tripp trond trong truc trudie truett truman trung truong trygve tsutomu tu tugba tuli tuncay tunde tung tupou turgut tuula
tuyen tuyet twana twanda twyla ty tyree tyrell tyron tyshawn tzvi ubaldo uche uchenna udo ufuk ugo ugochi ugur uili ulani ulf ulrich ulrike ulysses uma umar
umberto umesh umit umm una urbano urho uriah uriel urszula usha usman ute uwe uyen uzoma vadim vahan vahid vailea vaishali valencia valente valentin valentino
valentyna valeriy valery valorie vance vannessa varduhi vartan varun vasant vasiliki vasilios vasily vasyl vaughn veena velda velimir velvet venessa venkata
venkataraman venkatesh ventura verdell verlene verlie vernell vernetta verona veronika veronique veta vianey vicente vidal vidar vidya vigen vijaya vikas
viktor viktoriya vilhelm viliami vimala vina vinay vince vincenza vincenzo vineet vinh vinod vipul virgilio virgina virginie virginita viridiana vishal vishnu
vitaliy vitaly vito vittoria vittorio vivek vivienne vlad vladislav vladyslav volkan volker volodymyr vonnie vy vyacheslav wael wafa waheed waldemar waleed
walid wally waltraud wambui waneta wanjiru wapasha wasim waverly waylon weidong weiguo weihua weimin weiming weiping weldon wenbin wenceslao wenjing wenjun
wenli wenwen werner wes westin westley widad wieslaw wieslawa wiktor wilber wilburn wilder wilford wilfredo wilfrido wilhelm wilhelmina willi wilmer wilton
wim winford winfred winnifred winona witold wladyslaw wojciech wole wolfram wonho woojin wouter wren xander xia xiang xiao xiaodong xiaofang xiaohong xiaohui
xiaojun xiaoli xiaoling xiaomei xiaoming xiaoping xiaoyan xiaoyu xinyi xinyu xiu xiulan xiuying xiuzhen xuan xue xuemei yaa yaakov yael yahir yahya yaling
yamileth yana yaneth yanfang yang yanhong yanli yanling yannick yannis yanyan yaping yareli yaretzi yaroslav yasamin yaseen yash yasin yasir yasser yasuko
yasuo yavuz yaw yegor yehoshua yehuda yehudis yejin yelena yemi yen yeonhee yetunde yevgeny yewande yi yifan yifei yildiz yilmaz ying yingying yitzchak
yocheved yogesh yohannes yoichi yoko yolande yong yonghong yongmei yosef yoshie yoshiko yoshio yosuke younghee youngho youngja youngmi youngsoo yousef youssef
youssra yuan yuanyuan yue yufang yuhan yui yuka yukari yukiko yukio yulan yulia yuliya yumei yumi yumiko yun yuna yuonne yuping yuri yuridia yuriy yusuke yuta
yutaka yuto yutong yuxi yuxuan yuzhen yves zachariah zachery zack zackary zaheer zahid zahra zaid zaiden zain zainabu zakaria zaki zalman zander zandra zanele
zara zaria zariah zariyah zaven zayd zayden zayn zaynab zbigniew zdenek zdzislaw zebulon zedong zeferino zehra zeinab zeke zelda zenaida zenobia zenon zev
zeynep zhen zhenhua zhigang zhihao zhijian zhiming zhiqiang zhiwei zhiyong ziad zihan zion zixuan ziyi zlatko zodwa zofia zohreh zoila zola zona zongying zora
zoraida zoran zoya zubair zula zulema zuri zyaire zygmunt
`;

/** Last names, in the order of the alphabet. */
export const MORE_LAST_NAMES = `
aagaard aalbers aalto aaltonen aas abad abbas abboud abdallah abdel abdelaziz abdulla abdullah abdulrahman abedi abella abernathy abou aboud abrahamian
abramowitz abubakar acharya acheampong achebe ackermann acuna adamczyk adame adamski addo adeleke ademola adeniyi adesanya adewale adeyinka adham adjei
afolayan afzal agbaje agbayani aggarwal agnew agopian agu aguinaldo aguiyi agyei agyeman ahearne ahern ahlstrom ahluwalia ahuja aiken akande akbar akin
akinola akpan akram aksoy alabi alam alamri alavi albritton albu alcala alcantara alderman aldrich alegria alemu alexandre alexopoulos alfaro alharbi
alhashimi allard alleman alleyne alm almansouri almario almasri almonte alsaid alshehri altman alvarenga amadi amador amaya ames amin amini amiri amoah
amponsah amundsen amurao anagnostopoulos anand anane andrade andre andric andrzejewski angelopoulos anglin ankrah ansah antic antoine antoniou antwi anwar
anyanwu apostolou applebaum aquino arafat aragon arakaki arakelian aranda arce archibald arevalo arguello arias armenta armijo arnett aronson arora arreola
arriaga arrington arslan arteaga arya asamoah asatryan ascencio asghar ashe asher ashford ashour ashraf askew aslan assad astor asuquo atallah atas athanasiou
atta attakai attar atwell auerbach augustin augustine augustyn avalos avedisian avelar avetisyan awad awolowo axelsson aydin ayew ayodele ayon ayoub azam
azizi baah babangida babenko babic babu bacani backstrom badawi badu bae baek bagley bah bahrami bai baier bailon baines bajaj bajwa bak bakare bakic bakir
bakken bakr bakshi balagtas balakrishnan balcerzak balderas balian balogh baltazar baluyot banas banda banegas bankston bansal banuelos banzon baptiste
barahona barakat baran baranowski barbee barbu barclay barela bargas barkley barksdale barnhart barraza barreto barrientos barringer barrios barros bartels
bartholomew bartsch basha basham bashir bassett bastian basu batista batra battles bauman baumgarten baxley bayless bazzi beane beauchamp beaumont becher
beckham beckner bedi bediako bednarczyk beekman begay begaye begovic behrendt behrens beirne bekele bello belmonte beltran benally bencomo benford bennet
bento berge bergen berggren bergqvist berkowitz bermudez bernabe bernardo betancourt bettencourt betts bhagat bhakta bhandari bhardwaj bhasin bhat bhatia
bhatnagar bhatt bhattacharya bhattacharyya biddle bielski bigelow bilal billiot bilyk binkley birmingham birnbaum bitsilly bitsui bittner bjerke bjork
blackmer blackshear blanco blaszczyk blaylock blazevic blom blomqvist bluestein blumenthal bobo bock bodnar boersma bogard boghosian bohannon bohme bohn
boland bolanos boles bolin bollinger bondar bonham bonifacio borchert boren borges borja borkowski borrego bosch bose bosman bosnjak bosworth boudreau
boulware bourgeois bourne bousquet boutros bouwman bowden bowlin boyajian boykin boyko boylan bracamontes brackin bradbury bradfield brainard bramlett brandl
branham brannigan brannon brantner brar breaux breeden breen brenner brewington bridgers brill brinkley brinkman brito brkic brockman broderick brodsky brody
brokaw bromley bronner broome brothers broughton brouwer browder brumley brundage bruner bruns brunson bruun bryce brzezinski bucher buchner buenaventura
bueno buenrostro buford bukowski bullard bulut bumpus bunn bunting burbank burdick burgin burkhardt burleson burley burmeister burnham burr burrell burwell
busse bustillos butterfield byars bynum byrnes caban cabral caceres cadena calabrese caldera calderwood callaghan callaway callejas calloway calma camara
camarena camarillo campa canada canlas cann cantor capps capulong caraballo carandang caraway carbone cardona cardoza carino carlos carlsson carnahan carnes
carpio carranco carrasco carreon carrera carrico carrion carrizales carrow carruthers cartagena cartwright casanova casares casas caskey cassel casteel
castellano castellon catacutan catalan cather cato caudle cavazos cayetano cazares celaya celik centeno cerda cerny cetin chacon chadha chae chaidez
chakrabarti chakraborty chalmers chamberlin chambliss chand chandra chandrasekaran chandrasekhar chao chapa charron chatman chatterji chattopadhyay chaturvedi
chau chaudhary chaudhry chauhan chauvin chawla chee cheek cheema cheever cheon cherian chernenko chernoff chester cheung chew chhabra chin chinchilla chism
chiu chmielewski choe chojnacki chong choudhary chow christ christodoulou christoffersen chu chua chukwu chukwuma chun chung cieslak cintron ciobanu claes
clapper claros claussen clawson clayborn claytor clevenger cly cobian cochrane coffin cofield cogswell cohn cojuangco coker colburn colclough coles colgan
collett colley comeaux comstock conaway concepcion conde condon conger conlon connally conneely considine constantin constantine cooksey coombs corbitt
cordero cordes corley cormier cornejo cornelius correa corrigan cortes corwin cosby costea costello costigan costley cotter cottrell coughlan coulibaly
coulter coutu couturier covington cozart craddock craighead crain cramer cranford craver creel crespo cress crider crisp crist cristea cronk crookston cropper
crossland crotty crouse crowther cruse cruzado cuellar cullinane culpepper cumming cunanan cundiff cupp curley curtin cushman cutright czajka czarnecki
czerwinski dabrowski dacanay dadian dagohoy dagostino daher dahlen dahlgren dai dail dalal dalrymple dam damato damico danforth dangerfield dangote dani
danielsson danjuma danquah danylenko daoud darko darwish das dasgupta dasilva dauphin davalos davey davidoff davtyan dawood dearing deasy debose decarlo
declercq deering defazio degraw dehart deitz dekker delacerda delagarza delapaz deleeuw delgadillo delisle delossantos delp delpino deltoro demarco demers
demir dempster denault dennison deol der-ghazarian deras derosa derouen deshmukh deshpande desimone desmet desmond desta deutsch devane devaney devlin devore
dewan dewey dewit dey dhaliwal dhar dhawan dhillon dicarlo dickerman diego dietz diggs dijkstra dillingham dimaculangan dimagiba dimas dimitriou ding dinkins
diop dipietro disalvo dittrich dixit dixson dizon djordjevic dlamini doan dobre dobrowski dodds dogan dolezal domagas domanski domingo dominquez donegan
donkor doran dorfler dorgan dorman dorn dorris doshi doss doucette dougan doyel dragomir dragon dragovic drayton drennan dressler dreyfus driessen drury du
duan duarte dubey ducharme duckett ducusin duda dudek duenas duffey dufresne dugas duignan dulaney dumas dumitru dunaway dunbar dunford dunkin dunne dunphy
dupuis duque duren durkin duron durr dutt dutta dvorak dwight dyson earley easley easton ebong ebrahimi ebron eccles echevarria echols eckhardt eckles
economou eddington edelman edelstein eder edgar edgerton edmiston edmonson effiong egwu ehlers ehrlich eichelberger eichhorn eide einarsson eisenberg ekstrom
ekwueme elam elias elkin ellingsen ellington elliot ellsworth elmer elsayed elston ely emanuel emenike emmons enahoro engen england engstrom enos enrile
ensley erdman erdogan eriksen erlandsson ernst ervin esch escudero esser essien esteban estep esters estevez estrella etim etsitty eubank eusebio evangelista
evensen everett everhart ezeh ezekwesili faber fadel fagbemi fahmy fahy fairbanks falana falcon faleafa falk fallon fang fanning farber farhat faris farkas
farnsworth farooq farr farrelly farris farrow fashola fawaz fay fayed fayemi fears fedorenko feeney feingold feinstein fekete feldman feldmann feliciano feliz
fenn fennell fennelly ferland fernando ferrante ferrell ferrer fiala fiedler fifita figueiredo fijalkowski filipek filipovic finch fincher findley finkel
finkelman finkelstein finnegan finnerty fiore fishbein fishman fitzhugh fitzsimmons flaherty fleck fleenor fleischer fleischman flint flora florea fluharty
fodor fong fonoti fontanez fontenot foote forman forsberg forster forte fortune fossett fossum fountain fowlkes fraga fragoso fraire francisco frandsen franke
frankel franko franks frederickson fredriksson freedman freese freitag freund frey fricke friedl friedlander friedmann friesen frimpong frisch fritsch fromm
fryer fu fugate fuimaono fujimoto fujita fujiwara fukuda fulks fulmer funderburk funez furr gabel gabriel gaddis gaffney gainey gajewski galarza galaviz gale
gallant gallego galvez galvin gamal gandhi gandy ganey ganguly ganley gann garber garces gardiner garduno garfield garg garibaldi garneau garrity garvin
gasiorowski gaspar gaston gatchalian gaudet gavrilov gaytan gbadamosi geary gebhardt gebre geerts geiger gelfand gendron geneva genovese georges georgescu
georgiou geraghty gerald gerard gerlach germain gerritsen gettys ghali ghanem ghazaleh ghazarian gheorghe ghosh giang giannopoulos gibb gideon giesler gil
gilbertson gilchrist gilkey gillam gilland gillen gillette gilligan gilmartin gilreath ginn ginsberg girma givan gladden glaser glaspie glass glaze glazer
gleaton gloria glowacki glynn gobel godoy godsey goebel goetz goforth gokhale goldfarb goldie golding goldsmith goldtooth golubev goncharov gong goodall
gooden goodnight goolsby goossens gopal gopalakrishnan gorbachev gorby gordillo gore gorski gossett goswami gott gottlieb gottschalk govea gowon goyal
grabowski graff grajeda granado granda grande graziano greenbaum greenblatt greenlee greenspan greenwald greenwell greeson gregoire gregson grenier gresham
grewal grice grider griego grigoryan grigsby grimaldo grimm grimsley griner groen grosser grossman grover grubb gruber gruenwald guadarrama guan guardado
gudmundsson guevarra gueye guha guido guillen guinn guinto guitierrez gulati gulbenkian gulbrandsen gundersen gunderson gunkel gunnarsson gurley gusev
gustafson gustin gutman guyton guzzo gwinn gyamfi ha haack haag haaland haan haase haber habib hackney haddix hadi hafer hager haggerty hagglund haight hailu
haire hajek hakim hakkinen hakobyan halasz halford hallberg hallgrimsdottir hallgrimsson halpern halverson hamad hamalainen hamdan hamer hamid hamidi hamill
hammel hammon hammoud hamner hamza hanes hankins hanlon hannan hannemann hanrahan hao haque hardesty hardison hargis hargreaves harnett harney haroun harr
harrigan harriman harrold hartfield hartford hartmann hartung harty hartzell harutyunyan harvell harville hasan hasegawa hashim hashimoto haskell hass hassell
hatem hatton haug haupt hause havens havili hawks hawthorne haydon hayford haymes hayslett hazel hazelwood headrick heaton heckman hedlund heffernan heffner
hegarty hegde hegedus heijden heikkinen heim heinemann heinz heiser heisler helgesen helland hellman hellstrom hellwig helmholz helmick hempel hendershot
hendrickson hendriks hendrix henkel hennessey henriksen henriksson henriquez hensel hensley henthorn heo herbst hermann hermans hermansson hermosillo herr
herrin herrington hersh hershey hertz herzog heuer heywood hibbard hibbs hickerson hiebert higa higbee higgs highsmith hightower hijazi hildebrandt hildreth
hiller hillman himmelfarb hinkley hinman hirano hirsch hixon hizon hjort hoagland hobart hoch hochstetler hodgkins hoekstra hofer hoff hofman hogg hohmann
hoke holbert holcombe holguin holifield hollenbeck holliman holloman holmberg holmgren holmqvist holst holstein holz honaker honchar honda hong honore hooten
hopp horak horan horner hornsby horowitz horsley horvath hosey hoskinson hostetler hotchkiss hou houck houle houlihan householder houser hovhannisyan hovis
hovland hovsepian howarth howerton hoy hryhorenko hrytsenko hsieh hsu hubbell hubner huckabee hudak hudspeth huey huisman huizar hulett hummel hung hunsaker
huntley hurtt hurwitz huskey hussein hussey huston hutchens huth hutto hyland hylton ibe ibrahimi idowu ignatiev igwe ike ikeda ikpeazu ilagan ilic ilie illes
imai imam imoh ingersoll ingle ingles inman ioannidis ionita iqbal irani irizarry irons ironsi isaacson isaksson isbell isenberg ishida ishii ishikawa ismail
issa ivanovic iversen iverson iwasaki iyengar izquierdo jabbar jaber jablonski jacinto jackman jacobo jacoby jadhav jafari jahn jain jaiswal jakobsson
jakubowski jalali jamal jameson janes janik janke jankovic janssen jaquez jardine jarman jarquin jarvinen jasinski jauregui javed javier jawad jaworski jay
jean jelinek jenks jennette jenssen jeon jeong jeppesen jerome jewel jha ji jia jiang jimerson jin jobe johal johannessen johannsen johnsen johnstone jonasson
jonathan jonker jonsdottir joo jordon jorge jose josephson jost jovanovich judkins juhasz julian juma justus juul kaba kabir kaczmarek kadar kahale kahananui
kahele kahl kahle kahler kakkar kalashnikov kale kaleikini kalinowski kalogeropoulos kalu kamaka kamal kamara kamath kamble kamel kaminsky kamp kaneko kania
kantor kantrowitz kapur karagiannis karam karapetyan kardashian kariuki karjalainen karl karlsen karnik karp karpinski kashani kasparian kasper kasprzak
kassem katona katsaros katzman kauffmann kaufmann kaufusi kauhane kaul kaur kaushik kavanagh kawaguchi kawamura kaya kaye kazemi kazmi kealoha keane keawe
kebede keefe keefer keel keener kehoe keil keister keitel kekauoha keliihoomalu kellar kelleher kellerman kelso kemper kenneally kenner kennison kenyatta
kenyon keogh kerekes kerns kerrigan keshishian kester ketcham khachatryan khaled khalifa khalil khang khanna khatib khatri khattab khatun khosla khumalo
khurana kibler kiernan kiger kikuchi kilbride kilby kiley kilic killen killingsworth kimani kimbrell kimmel kincade kindred kingsbury kingsley kinnard
kinnunen kinsella kipchoge kipp kiprop kirakosyan kiraly kirkham kirkman kirsch kirschner kish kistler kitamura kittrell kjaer kjellberg klassen klaus kleiman
klemm klingensmith klinger klose kloss kluge klugman knauss knechtel knezevic knoll knott knutson ko koc kocher koenigs kohl kohli kohn kojima kok kolar kolb
kolesnik kolodziej kolomiets komorowski kondo kone kong koning konrad konstantinidis koo koontz kopec kopp korkmaz kornblum korner korolev kosinski koskinen
kostenko koster kostic kostopoulos kothari kotsopoulos kouri kovacevic kovach kovacs kovalchuk kowal kowalczuk kozak kozlov kraemer krajewski krall kranz
kratochvil kratz krauss kravchenko kravchuk kravets krebs kreider kreitzer kremer kretschmer krishna krishnamurthy krishnamurti krishnaswamy kristiansen
kroger krol kroll krone krupa kruse kuang kubat kubiak kubo kucera kucharski kudo kuehn kuffour kuhne kuiper kuipers kulik kulish kulkarni kuntz kunze kuo
kurian kurt kurth kurz kuykendall kuzmenko kuzmin kwak kwarteng labelle laboy lacroix lacson ladipo ladner lafave lafleur lagman lagos lai laine laing lakatos
lal lallier lally lama lamar lambrechts lambright lammers lampkin landau landon langdon langer langlois lanning lansing lantz lapierre lapointe laporte larios
larkins laroche larocque larose lash laskowski laster latimore lattimore lau lauderdale laughlin laurel lauren laurence lauridsen lauritsen laursen lavallee
lavelle lavender lavigne lavin lawal lawhorn lazar lazarus lazic leahy leander leath leavell lebeau lebedev lebron leclair leclerc lederer leeuwen lefkowitz
lefler legaspi legere leggett lehr lehtonen lei leibowitz leland lemaster lemire lemke lengyel lenihan lenoir lent lentz leonardo leonhardt leota lerner
leroux lessard letourneau leung levinson levitsky levitt lew lewin leyba liao libby lie lieberman lien lieu lightner ligon lilley limjoco lind lindahl
lindeman lindemann linder lindholm lindner lindquist lindqvist lineberry linton lipinski lipman lippert lipschitz lipsey lira liriano lis littlefield
littlejohn lockard lockley loffler lofgren loftin loftis logue lohan lohman lohmann lolo lomax lonergan longmire lontoc loper lor lorenzo loucks loughlin
loughnane loughran loveland lovett loving lowder lowman loy loya lozada lu luce lucia luciano luckey ludlow luevano lukaszewicz luker lukic lumley lundgren
lundquist lundqvist lundstrom lungu luong luthra luu lyles lyne lynne lysenko macapagal macaraeg macarthur macgillivray maciejewski macintyre mackenzie mackie
mackinnon maclachlan macmillan macneil macon macpherson macrae madan madera madigan madison madore madruga madueke maduka maeda magallanes magbanua magnusson
magpantay magsaysay maguire mahaffey mahajan mahapatra mahdi maheshwari mahlangu mahmood mahmoud mahmoudi mahmud maina mains majeed majewski majumdar makarov
makela makinen makki makowski makris malave malek malinowski malkin mallett malloy malouf manalang manalastas manalo mancilla mancuso mandal mandel mandela
manea maness mangan mangat mangubat mani maniego manley mannino mannion manoogian mansfield mansouri manuel manuelito manukyan manzano mao maples marasigan
marble marcano marchenko marciniak marcotte marcus marek margaryan margolis mariano marinelli marinescu marinkovic mariscal markel markle markovic markowitz
markowski marmolejo maron marquardt marquis marriott marroquin marrs martell marten martens martines martino martinovic martinsson martirosyan maruyama marx
masood masri masterson mastin mataele matar mathes matheson mathew mathieu mathur matias matic matney matsuda matsui matsumoto matsumura matta matteson
matthew mattingly mattox mattsson matuszewski matz maupin mauricio maxey mayberry mayhew mayne mayorga mayr maza mazloum mazza mba mbakwe mbeki mcaleer
mcalinden mcalister mcauliffe mcbrayer mcbrien mccafferty mccaffrey mccaleb mccallister mccallum mccandless mccarley mccarron mccarter mccartney mccaughey
mcclary mcclintock mcclinton mccloskey mccloud mcclurg mcclusky mccombs mcconnel mccool mccorkle mccown mccreary mccrory mcculley mccune mcdade mcdaid
mcdaniels mcdermid mcdonell mcdougal mcdougall mcelhaney mcelligott mcelwee mcenroe mcentire mcewen mcfall mcfarlane mcferran mcgahan mcgann mcgarity
mcgaughey mcgeough mcgettigan mcginley mcginn mcginty mcgirr mcglinchey mcglothlin mcglynn mcgoldrick mcgonagle mcgough mcgrady mcgriff mcgruder mcguffin
mcguigan mchale mchenry mcilwain mcinnis mcintire mciver mcjunkin mckean mckeever mckellar mckelvey mckenney mckeon mckeown mckibben mckiernan mckim mckinnon
mckinzie mckown mclaren mclaurin mclellan mclendon mcleroy mcloughlin mcmaster mcmasters mcmenamin mcmichael mcminn mcmurray mcnabb mcnabney mcnary mcneely
mcneese mcniel mcnulty mcphail mcphee mcphillips mcquade mcquaid mcroberts mcshane mcsweeney mctaggart mcvay mcwhorter mcwilliams meade meagher meany mears
mebane medford medlin medlock medvedev meehan meeker mehdi mehra mehrotra mejias mekonnen melanson melara melcher melikian mellor melo melson melville menard
mendenhall mendiola meng menzel merino merkel merrick merriman merriweather mertens messenger messer metcalfe metzler meyers meyerson mezquita michaelis
michaelson michalak michalski michiels mickelson miclat middaugh mielke miguel mihailovic mihajlovic mikell mikkelsen milam milan milburn milic miljkovic
millan millar milliken millwood milosevic minasyan minh minnick minogue minter mintz miramontes mishra misra mistry mitrovic mittal miura mixon miyashiro
miyazaki mizrahi mkhize mkrtchyan mo moala moberg mobley modi moffat moffett moffitt mohamud mohan mohanty mohler mohsen mojica mokoena mol moldovan molloy
molnar moloney monaco monga montana monteith montero mooneyham mooring moorman morabito morehead morfin morgenstern mori morin morita moritz morningstar
morrill mortenson mosby moser mosher mosier moskowitz mota moulton moussa mowery moya moye moyers moynihan moyo mroz mubarak muir mukhopadhyay muldoon
mulholland mullaney mullinax mulvihill munger muniz munro munteanu murad murakami murdoch murnane muro murry murthy musa musgrave musick mustafa mutua myatt
myhre mykolaichuk nabors nachman nadeau nader nadkarni nagai nagar nagaraj nagel nagle nagpal nagy naim najjar nakagawa nakajima nakano nakayama nakpil
nalbandian nall nam nambiar namgung nanda naquin narang narasimhan narayan narayanan nardone nascimento nasr nasrallah nassar natarajan nath nathan nation
naughton naumann navarette navarrete nawaz nayak nayar naylor nazarenko nazari nazario ndlovu neagu neale nedic needham nehru neill nelms nemec nemeth nesbit
nestor neubauer neuman nevels newhouse newland newsom nez ngcobo nghiem ni nicholl nickel nickell nickels nicol niemann niemczyk niemeyer niemi nieves nigam
nightingale nijhuis nikolaidis niles nilsen nims ninh nino nishimura nissen nistor njoroge nkansah nkosi nkrumah nnadi noack noah noe noguchi noguera noh
nolte nomura noor nordin nordstrom norfleet norment novakovic novotny nowell nowicki noyes nussbaum nutt nwachukwu nwafor nwankwo nwoke nygaard nygard nyong
nystrom obannon obaseki obeid oberoi obiora obradovic obregon obrian ocallaghan ocarroll ochs odhiambo odinga odle odonoghue odonovan odowd odriscoll odukoya
odwyer ofarrell offutt oflaherty oflynn ofori ogawa ogbonna oglesby ogorman ogrady ogunbanjo ogundipe ogunleye ohagan ohalloran ohanian ohanlon ohehir
oikonomou ojo ojukwu okada okamoto okane okeeffe okeke okelly okocha okonjo okoro okoronkwo okoth okpara okparaebo okwu olafsson olajide olatunji olawale
oldham olejniczak oleson oliva olivarez oliynyk oller olmedo olmstead oloughlin olszewski oluwole omahony omalley omar omari omeara omondi ong ongpin ono
onofre onolan onuoha onwudiwe onyango onyema opara opoku oppong oprea oquendo orban ordaz ordonez oregan oreilly orellana oriordan orji orlov orlowski ornelas
orona orosco ortegon osei oshaughnessy oshea oshiro oshodi osmena ostberg ostrander ostrowski osuji osullivan oswalt ota otero othman otis ott otten ouellette
ouyang overby overgaard overman overstreet owensby owolabi oyedele oyelaran oyinlola oyler ozdemir ozkan ozturk pacquiao padmanabhan padron padua pagel pai
paik paiz pal palacio palermo palmieri palsson paltrow panchenko panda pandey pandit pandya panek panganiban pangilinan paniagua panikkar panlilio
papadimitriou papageorgiou papanikolaou papp pappas paquin pardo parekh parente parikh parkhurst parmar parmenter parrilla parris parsley partin pascoe
pascual pastor paterson pathak patil patnode patten paulino paulsen paulus pauly pauwels pavic pavlenko pavlidis pavlik pavlov pavlovic pawar pawlak pawlowski
pearl pearman peavy pederson pedigo pedraza pedroza peel pelayo pell pellegrino pelley penaloza pence pender pennell penner penney penny perales percy perea
perin perlman perlmutter perovic perreault perrin perron perrone perrotta perryman pesce peshlakai pesina peterman petit petrenko petrillo petrone petrosky
petrosyan petrovich petry petties pettigrew pettis pettus pettway pfeifer phelan philbrick philip philips phillip phung piatek picard picazo pichardo pickard
pickering pierre piers pietersen pietrzak pillay pimentel pina pinckney pinkerton pinkney pinsky pinson piotrowski pipkin pitre plante platt plaza plumb
plunkett poindexter pokorny polanco poland polat polishchuk politte polley polo ponder ponomarenko pooler poon poplin popovic porras portela posada posadas
pospisil postell postma poulin poulos powe pradhan prakash prasad prater preda preece prendergast presnell prevost prewitt prichard priddy pridgen primm
pringle prins prinz pritchett privett prochazka prokopenko propst provencher provost prude pruett prunty przybylski pugliese pulliam puma punzalan puri purvis
putman pyatt qadir qasim qian qiao qin qiu quach quan quarles quattlebaum quaye quesada quezon quiambao quigg quijano quiles quillen quimby quinlan quirke
quisumbing rabe rabinowitz raby rachel racz radcliffe radebe radford radhakrishnan radke radovic radu rafferty rafiq ragan raghavan raghunathan ragland rahim
rahm rahmani rai rainwater raj rajagopalan rajan rajaraman raju raley ralph ram ramachandran ramakrishnan raman ramanathan ramaswamy ramesh ramon rampersad
ramsay ramsdell rana randazzo randhawa ranganathan rankins ransdell rantanen raposa rappaport rasch rashed rashid rashidi rastogi ratcliff rathbun rathore
rattigan ratzlaff rau rausch raven ravi rawat rawlins rawls rayburn rayford raymer raymundo raza reams reavis recto redden reddick redmon redwine reedy rees
reeve rego reichel reichert reichman reidy reimann reimer reinhold reinke reis reiter ren renfroe renshaw renz resendiz restrepo revell revels rey reynoso
rezaei rhea rhee rhyne ricciardi ricker rickert ricketts riddell ridenour ridgeway riedel rieger riehl rietveld rife rigby riojas riordan ripley rippy
risinger ristic ritchey rivero riviera rizal rizk rizvi roa roane roberge robinett robinette roby rocco rochester rockett rodas roden rodney rodrick rodrigue
rodriquez roesler roger rogowski roh rohde rohr rohrer rojo roldan rolland rolle rollings romanenko romanov romeo romo romualdez ronan ronquillo roos rosa
rosas rosenbaum rosenblatt rosenbloom rosenblum rosenfeld rosenfield rosenstein rosenzweig rosser rossman rothman rothschild rothstein rowlands rowlett roxas
royster rubenstein rubino rubinstein ruble ruddy rudenko rudolf rueda ruggiero rummel runge runyon rupert ruppert rusk russ rusu rutkowski rutter ruud ruzicka
ryals rybicki rylander ryu saad saadeh sabbagh sablan sabo sachs sader sadiq sadler sadowski saechao saeed saeedi saez safi sager sahagun sahakyan sahin sahni
sahu saidi saini sainz saito saiz sakai sakamoto sakurai salais salamanca salameh salami salcedo salcido saleem salehi salem salerno sales salim salman
salmeron salminen salonga salyer salyers samaan samant samayoa sammons sampath samuelsson sanabria sancho sandberg sander sandhu sandler sandlin sandvik sandy
sanger sanghvi sankaran santa santacruz santamaria santillo santo santoyo sanusi sarabia saran saravia sargeant sargsyan sarin sarkar sarkis sarmiento sarpong
sathe satterwhite saucedo saulsbury savant savchenko savic savoy sawicki saxena sayed sayles sayre scanlan scanlon scannell scarborough scarbrough schaaf
schade schaffer schechter scheffler scheinberg schenk scherer schiff schindler schirmer schlegel schlosser schlueter schluter schmit schneiderman schnell
schoen scholten schoonover schott schou schouten schramm schreiner schroter schuh schulman schultze schutte schwartzman schweitzer schweizer sciortino
scoggins scully seaman searle sedillo sedlacek seeley segal segers sehgal seifert seiler sekhon selby selders semenov semple sen seng sengupta senior seong
sequeira serrato seshadri seth sethi sevcik seward shaaban shackelford shafiq shaheen shahin shaikh shamsuddin shanahan shand shankar shanklin shao shapiro
shapovalov sharif sharkey shaughnessy shcherbakov shcherbakova shcherbina shearer sheedy sheehy shehadeh sheldon shellenberger shelley shen shenk shenoy
shepardson sherer sheriff sherrod shetty shi shibata shiels shimada shinn shivers shockey shonekan shoup showalter shrestha shreve shroff shropshire shu
shuford shukla shulman shumaker shuman shumate shumway sibanda sibley siddiqi sidhu sidorov siebert siegelman siegfried siegler sigala sigler sigurdsson
sikora sikorski silber siler silverberg silverman silvers silverstein sima simas simental simic simmonds simonds simone simonsen simonson simonton simonyan
simsek singhal singhania singletary sinha sisco sison sisson sistrunk sithole situ sjoberg sjogren skeen skidmore skiles skov skowronski slagle slattery
slavin sledge slocum sluis slutsky smathers smedley smelser smithers smits smoot snapp snead snelling snipes snodgrass snook sobczak sobczyk sobel soderberg
sodhi sohn sokolowski solberg soliman soliven soliz solomon solorzano solovyov soltis somani somerville sommers soni sonntag sood soria soriano sorrell
sorrells sotomayor soucy souza sow sowers soyinka spaans spain spann sparkman spector speight spellman sperry spiegel spiegelman spiker spillane spinelli
spooner spradlin spratt spurgeon spurlock squires srinivasan srivastava stachowiak staggs stahl stallworth stambaugh stamper stan stanberry stanciu standifer
stanfill stange stanger stankiewicz stankovic stansberry starling stasiak staten statham stavropoulos steadman stearns stebbins steelman stefansson stefanyk
steffen steffens stegall steiger steinbach steinberg steinman steinmetz stella stepanov stephans stepien sterner steuben stevenson stickney stiers stiller
stilwell stinnett stockman stockwell stoddart stoica stojanovic stokely stoker stoltz stopka storms stott stotts stowe stowell strahan straub strauss strayer
streeter streit strickler stringfellow strom stromberg strother stroup strunk stuckey studer stull stumpf sturdivant sturgeon sturgill sturgis su suber
subramaniam subramanian sudduth suero sugawara sugiyama suh suleiman sullins sultan summerlin sumrall sumulong sundaram sundaresan sundberg sundstrom sung
suri surles sussman sutherland sutter suttle sveen svendsen sveum svoboda swafford swaminathan swamy swanger swarts swartzentruber swearengin swearingen swick
swindell swinney swinton swoboda swope sy sylla sylvester sylvia symonenko szabo szalai szczepanski szekely szeto szewczyk szilagyi szulc szymczak tabatabai
taber tackett tacub tadesse taggart taha tahir takacs takagi takeda takeuchi talamantes talbert talib tam tamez tamura tan tandon tandy taneja taniguchi
tanjuatco tank tannenbaum tannous tao tapley tarango tarantino tarasenko tarr tas tatad tatevosyan tatro taufa tavarez taveras tawfik tawil teasley tedesco
teitelbaum tekin tekle tello templin teng tenney tenorio terrill tessier tetteh thach thai thakkar thakur thames thao thapar theis theodorou thiam thibault
thibodeau thiel thiele thigpen thomae thompkins thong thornburg thornhill thornsberry thorsen thorson thorsteinsson threadgill thuesen thurber thurmond tian
tierney tieu tiller tillett tillis timm timmerman timmermans timms tingle tinsley tinubu tisdale titus tiwari tkachenko tkachuk tobar tobias todorov todorovic
tohe toleafoa tolentino tolley tolman tolson tomasi tomaszewski tomblin tomczak tomes tomic toms toner tong toomey torre torrence torrey torrez tousignant
toussaint towle towner townley trahan trammell trapp traylor treacy treadwell tremaine tribble trice trieu trigg trinidad tripathi tripp trivedi troche
trombley troncoso trotman trottier trowbridge truax trudeau truesdale truman tsai tsakiris tsang tse tshabalala tso tsosie tsui tu tuala tuason tubman tuck
tudor tuggle tuiasosopo tuilagi tuinstra tumanyan tung tuohy tupou turcotte turman turpin turunen tuthill tutor tveit twigg twomey tymoshenko tyner tyree
tyrrell uchida uddin udeh udo ueda ueno ugwu uhm ulloa ullrich ulrich umali umana umar umeh underhill ung ungureanu upadhyay upchurch upshaw urban urbano
urbanski urias urquhart urquiza usman ussery uzor vaca vaidya vainikolo vaipulu valdovinos valentino valerio valladares vallee vallejos vandamme vandermolen
vandiver vandyne vanegas vanek vanhoose vanwinkle vardanyan varga varghese varma vasic vasile vasilenko vasiliev vasques vasudevan vaz veach veal veatch
vecchio veenstra velarde velasques velazco veliz venable venkataraman venkatesan venkatesh ventura verbeek veres verghese verhaegen verhoeven vermeer
vermeulen vermillion vernon verstraete vesely vestergaard vetter vialpando vicente vickery victor vidovic viklund villafana villagran villalba villalta
villasana villeda villeneuve vinci vincze vines vining visconti visscher vitela vlahos vliet vohra voicu volk volkmann volkova vollmer voloshyn volz vong vora
voronin vovk vukovic vuong vyas wachsman wachter wada waddell wadhwa wafer wages wagstaff wahab wahid wahl wakefield walcott walczak waldmann waldrop waldrup
wali walia walkup wallen wallin wallis walls walston walther wan wanjala wanjiku wannamaker warden warnock warrick warrington washburn wasilewski wasserman
waterhouse watford wathen watkin wattenbarger waugh wawrzyniak weatherford weatherly weathersby webber weekley weese wegener wegner wehner wei weidner weigel
weiland weiler weimer weinberger weiner weinert weingarten weinstein weintraub weisberg weisman weissman welsh welty wen wendel weng wenger wenzel wesson
westberry westerfield westerman westmoreland wetherington wexler weyer wheat wheelock whelan whetstone whisenant whitacre whitener whitford whitham whiting
whitson whittemore wicker wickham widener wiegand wieland wiese wiesel wiggs wightman wikstrom wilbanks wilbur wilcoxson wilczek wilde wildman wilfong wilhite
wilke wilkie wilkin willams willcox wille willems willemsen willson wilmoth wiltshire wimberly winburn windle winfrey wingard wingate winger wingfield
winningham winters winther winton wiseman wishart witherell withers witkowski witmer witte wittman wittmann wlodarczyk woessner wojciechowski wojtczak
wojtowicz wold wolde woldemariam wolfgang wolford wolfson wolski woo woodcock woodford woodham woodhouse woodland woodley woodring woodworth woolard
wooldridge woolsey wooton worden worsham wouters wrenn wrigley wrobel wroblewski wulf wunderlich wurtz wyant wyche wyckoff wynne xia xiang xiong xue yadav
yakovlev yakubu yamasaki yamashita yamin yan yancey yandell yanes yanukovych yao yap yaqoob yarber yaremchuk yassin yazzie ye yearwood yeboah yeh yellin yen
yeo yepez yi yildirim yildiz yilmaz yim yin yip yocum yoho yokoyama yong yoo yoshikawa youmans youn younce younes youngs younis younker yuan yucel yue yulo
yun yung yushchenko zacarias zachariah zaidan zaidi zaitsev zajac zak zakarian zakharov zaki zakrzewski zaldivar zalewski zaman zamarripa zamudio zander zang
zaragosa zarco zawadzki zayas zeitler zelenko zelikovitz zeman zervas zhai zhan zhong zhuge zhuk zijlstra zimmer zinn ziolkowski zirkle zito zivkovic zobel
zou zuber zucker zuckerman zulu zuma zumwalt zuo
`;
