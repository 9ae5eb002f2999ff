// NOTE: data: the most frequent names of the United States, a fact of public record (Census Bureau, Social Security
// Administration), written down by hand; spellings without accents, apostrophes and spaces.

/** First names, in no order. */
export const FIRST_NAMES = `
james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony mark donald steven paul andrew joshua
kenneth kevin brian george timothy ronald edward jason jeffrey ryan jacob gary nicholas eric jonathan stephen larry justin scott brandon benjamin
samuel gregory alexander frank patrick raymond jack dennis jerry tyler aaron jose adam nathan henry douglas zachary peter kyle ethan walter noah
jeremy christian keith roger terry gerald harold sean austin carl arthur lawrence dylan jesse jordan bryan billy joe bruce gabriel logan albert
willie alan juan wayne elijah randy roy vincent ralph eugene russell bobby mason philip louis phillip harry johnny howard martin stanley leonard
nathaniel curtis norman dale rodney manuel marvin glenn travis jeff chad jacob melvin alfred kyle francis bradley jesus herbert frederick ray joel
edwin don eddie ricky troy randall barry alexander bernard mario leroy francisco marcus micheal theodore clifford miguel oscar jay jim tom calvin
alex jon ronnie bill lloyd tommy leon derek warren darrell jerome floyd leo alvin tim wesley gordon dean greg jorge dustin pedro derrick dan lewis
zachary corey herman maurice vernon roberto clyde glen hector shane ricardo sam rick lester brent ramon charlie tyler gilbert gene marc reginald
ruben brett angel nathaniel rafael leslie edgar milton raul ben chester cecil duane franklin andre elmer brad gabriel ron mitchell roland arnold
harvey jared adrian karl cory claude erik darryl jamie neil jessie christian javier fernando clinton ted mathew tyrone darren lonnie lance cody
julio kelly kurt allan nelson guy clayton hugh max dwayne dwight armando felix jimmie everett jordan ian wallace ken bob jaime casey alfredo alberto
dave ivan johnnie sidney byron julian isaac morris clifton willard daryl ross virgil andy marshall salvador perry kirk sergio marion tracy seth
kent terrance rene eduardo terrence enrique freddie wade stuart fredrick arturo alejandro jackie joey nick luther wendell jeremiah evan julius dana
donnie otis shannon trevor oliver luke homer gerard doug kenny hubert angelo shaun lyle matt lynn alfonso orlando rex carlton ernesto cameron neal
pablo lorenzo omar wilbur blake grant horace roderick kerry abraham willis rickey jean ira andres cesar johnathan malcolm rudolph damon kelvin rudy
preston alton archie marco wm pete randolph garry geoffrey jonathon felipe bennie gerardo ed dominic robin loren delbert colin guillermo earnest
lucas benny noel spencer rodolfo myron edmund garrett salvatore cedric lowell gregg sherman wilson devin sylvester kim roosevelt israel jermaine
forrest wilbert leland simon guadalupe clark irving carroll bryant owen rufus woodrow sammy kristopher mack levi marcos gustavo jake lionel marty
taylor ellis dallas gilberto clint nicolas laurence ismael orville drew jody ervin dewey al wilfred josh hugo ignacio caleb tomas sheldon erick
frankie stewart doyle darrel rogelio terence santiago alonzo elias bert elbert ramiro conrad pat noah grady phil cornelius lamar rolando clay percy
dexter bradford merle darin amos terrell moses irvin saul roman darnell randal tommie timmy darrin winston brendan toby van abel dominick boyd
courtney jan emilio elisha dominique emmett julia santos jarrod domingo jess brady trent nestor stephan freeman marlon abdul mohammed muhammad
mohamed ahmed ali hassan hussein ibrahim omar yusuf khalid tariq samir karim amir rashid liam aiden jayden mason carter wyatt grayson hunter landon
gavin parker connor cooper xavier jaxon lincoln easton hudson nolan asher axel bentley brayden bryson camden chase colton dalton damian declan
diego dominik emmanuel ezekiel ezra finn giovanni griffin hayden holden ian jace jasper jonah josiah kai kaleb kayden kingston leonardo luca
malachi mateo micah miles nash nico oliver orion parker quinn rowan ryder rylan sawyer silas sebastian theo thiago tristan tucker weston zane
mary patricia jennifer linda elizabeth barbara susan jessica sarah karen nancy lisa margaret betty sandra ashley dorothy kimberly emily donna
michelle carol amanda melissa deborah stephanie rebecca laura sharon cynthia kathleen helen amy shirley angela anna brenda pamela nicole ruth
katherine samantha christine emma catherine debra virginia rachel carolyn janet maria heather diane julie joyce victoria kelly christina lauren
joan evelyn olivia judith megan cheryl martha andrea frances hannah jacqueline ann gloria jean kathryn alice teresa sara janice doris madison julia
grace judy abigail marie denise beverly amber theresa marilyn danielle diana brittany natalie sophia rose isabella alexis kayla charlotte lori
tiffany phyllis norma paula robin lillian annie marjorie lucille irene jane louise florence josephine bonnie lois tina edna ethel ellen wanda
gladys thelma kim rita dawn peggy edith tracy wendy connie lucy rhonda cindy hazel valerie carmen clara gail joanne eleanor alicia michele bertha
darlene veronica jill erin geraldine cathy joann lorraine lynn sally regina erica beatrice dolores bernice audrey yvonne annette june samantha
marion dana stacy ana renee ida vivian roberta holly brittany melanie loretta yolanda jeanette laurie katie kristen vanessa alma sue elsie beth
jeanne vicki carla tara rosemary eileen terri gertrude ella tonya wilma gina kristin jessie natalie agnes vera willie charlene bessie delores
melinda pearl arlene maureen colleen allison tamara joy georgia constance lillie claudia jackie marcia tanya nellie minnie marlene heidi glenda
lydia viola courtney marian stella caroline dora jo vickie mattie maxine irma mabel marsha myrtle lena christy deanna patsy hilda gwendolyn
jennie nora margie nina cassandra leah penny kay priscilla naomi carole brandy olga billie dianne tracey leona jenny felicia sonia miriam velma
becky bobbie violet kristina toni misty mae shelly daisy ramona sherri erika katrina claire lindsey lindsay geneva guadalupe belinda margarita
sheryl cora faye ada natasha sabrina isabel marguerite hattie harriet molly cecilia kristi brandi blanche sandy rosie joanna iris eunice angie
inez lynda madeline amelia alberta genevieve monique jodi janie maggie kayla sonya jan kristine candace fannie maryann opal alison yvette melody
luz susie flora shelley kristy mamie lula lola verna beulah antoinette candice juana jeannette pam kelli hannah whitney bridget karla celia
latoya patty shelia gayle della vicky lynne sheri marianne kara jacquelyn erma blanca myra leticia pat krista roxanne angelica johnnie robyn
francis adrienne rosalie alexandra brooke bethany sadie bernadette traci jody kendra jasmine nichole rachael chelsea mable ernestine muriel
marcella elena krystal angelina nadine kari estelle dianna paulette lora mona doreen rosemarie angel desiree antonia hope ginger janis betsy
christie freda mercedes meredith lynette teri cristina eula leigh meghan sophie eloise rochelle gretchen cecelia raquel henrietta alyssa jana
kelley gwen kerry jenna tricia laverne olive alexis tasha silvia elvira casey delia sophie kate patti lorena kellie sonja lila lana darla may
mindy essie mandy lorene elsa josefina jeannie miranda dixie lucia marta faith lela johanna shari camille tami shawna elisa ebony melba ora
nettie tabitha ollie jaime winifred kristie marina alisha aimee rena myrna marla tammie latasha bonita patrice ronda sherrie addie francine
deloris stacie adriana cheri shelby abigail celeste jewel cara adele rebekah lucinda dorthy chris effie trina reba shawn sallie aurora lenora
etta lottie kerri trisha nikki estella francisca josie tracie marissa karin brittney janelle lourdes laurel helene fern elva corinne kelsey ina
bettie elisabeth aida caitlin ingrid iva eugenia christa goldie cassie maude jenifer therese frankie dena lorna janette latonya candy morgan
consuelo tamika rosetta debora cherie polly dina jewell fay jillian dorothea nell trudy esperanza patrica kimberley shanna helena carolina cleo
stefanie rosario ola janine mollie lupe alisa lou maribel susanne bette susana elise cecile isabelle lesley jocelyn paige joni rachelle leola
daphne alta ester petra graciela imogene jolene keisha lacey glenna gabriela keri ursula lizzie kirsten shana adeline mayra jayne jaclyn gracie
sondra carmela marisa rosalind charity tonia beatriz marisol clarice jeanine sheena angeline frieda lily robbie shauna millie claudette cathleen
angelia gabrielle autumn katharine summer jodie staci lea christi jimmie justine elma luella margret dominique socorro rene martina margo mavis
callie bobbi maritza lucile leanne jeannine deana aileen lorie ladonna willa manuela gale selma dolly sybil abby lara dale ivy dee winnie marcy
luisa jeri magdalena ofelia meagan audra matilda leila cornelia bianca simone bettye randi virgie latisha barbra georgina eliza leann bridgette
rhoda haley adela nola bernadine flossie ila greta ruthie nelda minerva lilly terrie letha hilary estela valarie brianna rosalyn earline catalina
ava mia clarissa lidia corrine alexandria concepcion tia sharron rae dona ericka jami elnora chandra lenore neva marylou melisa tabatha serena avis
allie sofia jeanie odessa nannie harriett loraine penelope milagros emilia benita allyson ashlee tania tommie esmeralda karina eve pearlie zelma
malinda noreen tameka saundra hillary amie althea rosalinda jordan lilia alana gay clare alejandra elinor michael lorrie jerri darcy earnestine
carmella taylor noemi marcie liza annabelle louisa earlene mallory carlene nita selena tanisha katy julianne lakisha edwina maricela margery kenya
dollie roxie roslyn kathrine nanette charmaine lavonne ilene kris tammi suzette corine kaye jerry merle chrystal lina deanne lilian juliana aline
luann kasey maryanne evangeline colette melva lawanda yesenia nadia madge kathie eddie ophelia valeria nona mitzi mari georgette claudine fran
alissa roseann lakeisha susanna reva deidre chasity sheree carly elvia alyce deirdre gena briana araceli katelyn rosanne wendi tessa berta marva
imelda marietta marci leonor arline sasha madelyn janna juliette deena aurelia josefa augusta liliana young christian lessie amalia savannah anastasia
vilma natalia rosella lynnette corina alfreda leanna carey amparo coleen tamra aisha wilda karyn cherry queen maura mai evangelina rosanna hallie
erna enid mariana lacy juliet jacklyn freida madeleine mara hester cathryn lelia casandra bridgett angelita jannie dionne annmarie katina beryl
phoebe millicent katheryn diann carissa maryellen liz lauri helga gilda adrian rhea marquita hollie tisha tamera angelique francesca britney kaitlin
lolita florine rowena reyna twila fanny janell ines concetta bertie alba brigitte alyson vonda pansy elba noelle letitia kitty deann brandie louella
leta felecia sharlene lesa beverley robert isabella herminia terra celina zoe chloe lily ella mila aria layla zoey penelope riley nora scarlett
avery camila ellie harper luna addison aubrey stella natalie leah hazel violet aurora savannah brooklyn bella skylar lucy paisley everly anna
caroline nova genesis emilia kennedy maya willow kinsley naomi aaliyah elena allison gabriella madelyn cora eva serenity autumn adeline hailey
gianna valentina isla eliana quinn nevaeh ivy sadie piper lydia alexa josephine emery julia delilah arianna vivian kaylee sophie brielle madeline
fatima khadija maryam zainab noor leila amina yasmin wei ming li mei ling yan hui jing xin yu hiroshi kenji yuki akira haruto sakura minh linh thanh
tuan huong nguyet raj priya anil sunil ravi sanjay vijay amit deepak rahul neha pooja anita sunita lakshmi arjun vikram kavita meena geeta ivan sergei
dmitri vladimir olga svetlana natasha tatiana irina boris mikhail nikolai andrei pavel giuseppe luigi paolo marco antonio giulia chiara hans klaus
jurgen heinrich wolfgang ingrid helmut gunther pierre jacques francois philippe michel henri claude luc jean-pierre sven lars olaf bjorn erik astrid
freya kwame kofi ama abena chidi ngozi emeka oluwaseun folake aisha fatou mamadou ibrahima carlos luis jorge javier alejandra fernanda ximena
guadalupe rocio itzel joaquin octavio efrain heriberto agustin leandro maximiliano ezequiel marisela yadira xiomara belen pilar soledad dulce
`;

/** Last names, in no order. */
export const LAST_NAMES = `
smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez wilson anderson thomas taylor moore jackson martin
lee perez thompson white harris sanchez clark ramirez lewis robinson walker young allen king wright scott torres nguyen hill flores green adams nelson
baker hall rivera campbell mitchell carter roberts gomez phillips evans turner diaz parker cruz edwards collins reyes stewart morris morales murphy
cook rogers gutierrez ortiz morgan cooper peterson bailey reed kelly howard ramos kim cox ward richardson watson brooks chavez wood james bennett gray
mendoza ruiz hughes price alvarez castillo sanders patel myers long ross foster jimenez powell jenkins perry russell sullivan bell coleman butler
henderson barnes gonzales fisher vasquez simmons romero jordan patterson alexander hamilton graham reynolds griffin wallace moreno west cole hayes
bryant herrera gibson ellis tran medina aguilar stevens murray ford castro marshall owens harrison fernandez mcdonald woods washington kennedy wells
vargas henry chen freeman webb tucker guzman burns crawford olson simpson porter hunter gordon mendez silva shaw snyder mason dixon munoz hunt hicks
holmes palmer wagner black robertson boyd rose stone salazar fox warren mills meyer rice schmidt garza daniels ferguson nichols stephens soto weaver
ryan gardner payne grant dunn kelley spencer hawkins arnold pierce vazquez hansen peters santos hart bradley knight elliott cunningham duncan armstrong
hudson carroll lane riley andrews alvarado ray delgado berry perkins hoffman johnston matthews pena richards contreras willis carpenter lawrence
sandoval guerrero george chapman rios estrada ortega watkins greene nunez wheeler valdez harper burke larson santiago maldonado morrison franklin
carlson austin dominguez carr lawson jacobs obrien lynch singh vega bishop montgomery oliver jensen harvey williamson gilbert dean sims espinoza
howell li wong reid hanson le mccoy garrett burton fuller wang weber welch rojas lucas marquez fields park yang little banks padilla day walsh bowman
schultz luna fowler mejia davidson acosta brewer may holland juarez newman pearson curtis cortez douglas schneider joseph barrett navarro figueroa
keller avila wade molina stanley hopkins campos barnett bates chambers caldwell beck lambert miranda byrd craig ayala lowe frazier powers neal leonard
gregory carrillo sutton fleming rhodes shelton schwartz norris jennings rhodes blair duran bush hale cannon carson watts mccarthy steele haynes
castaneda mcguire harrington sharp parsons bowen fletcher pacheco daniel dawson davenport valencia potter higgins ingram cross walters barker gill
farmer hoover odonnell villarreal salinas bauer welch serrano vaughn orozco cummings frank burgess thornton love goodman robles cobb vu francis
maxwell delacruz mack doyle wolfe warner gallagher hess conner harmon hines erickson lara rosales hodges moran newton hubbard mullins huff moss blake
strickland sherman gibbs yates manning webster bass osborne maynard hampton bradford walton bender mueller saunders malone ballard briggs quinn flynn
norton patton paul glover barber mcbride hogan owen colon cain tyler casey dennis vance ball shepherd ochoa klein greer boone horton nash
cervantes trujillo mcgee drake parks logan leon roy ramsey wise mccormick cohen reese stokes bridges zimmerman summers harding conway casey ryan
barton mcdaniel buchanan stephenson phelps rodgers lyons mccullough tate lloyd underwood french calderon swanson sparks rivas nixon gross singleton
adkins rangel melendez camacho trevino atkins hull montoya pratt mcclain knox strong marsh farrell allison fuentes bernard bond huang rocha wolf golden
cochran holloway koch mosley ware hancock kirk gould waters combs velazquez house ibarra velasquez hester clay hartman huerta dickerson skinner
savage beasley hood chase morton weiss estes randall wu charles lim burch avery solis kent pittman liu eaton bullock hammond shaffer maddox kerr
monroe christensen prince melton hebert henson galvan mora dyer hurst meza hobbs roach hays hurley petersen zuniga briggs vang sellers arroyo kane
costa esparza gates macdonald atkinson lang rush horn heath decker middleton mercado medrano farley dalton clarke landry humphrey roman enriquez
wilkins lozano nolan sloan benton lester joyner compton barrera dunlap kaiser gaines wilkinson bartlett moses stanton mcintosh potts poole
jarvis brady frost corona durham vaughan preston pruitt villanueva savage ellison mcmillan sweeney blackwell cherry boyle wiley glenn petty
hendricks booth franco bean guerra bautista acevedo novak conrad buckley howe lin bentley mccall wiggins hickman zamora rosario richard hahn york
english underwood valenzuela schroeder krueger sweet carey nielsen mcconnell meadows gilmore gallegos mckenzie wilcox livingston ali mohamed khan
ahmed hussain abdi hassan ho ng lam chan cheng chang wu zhang zhao zhou xu sun ma zhu hu guo he lin luo gao liang song zheng xie han tang feng yu dong
xiao cao deng xu peng zeng cai pham huynh hoang phan vo dang bui do ngo duong ly truong dinh trinh mai choi kang cho yoon jang lim shin oh seo kwon
hwang ahn suzuki tanaka watanabe yamamoto nakamura kobayashi kato yoshida yamada sasaki sato ito takahashi inoue kimura hayashi shimizu yamaguchi
sharma gupta kumar shah desai mehta reddy rao joshi agarwal verma chopra kapoor malhotra banerjee chatterjee mukherjee iyer nair menon pillai
krishnan naidu choudhury chowdhury rahman hossain islam begum akhtar malik butt siddiqui qureshi sheikh mirza baig ansari hashemi hosseini
rahimi ahmadi karimi mohammadi haddad khoury nasser mansour saleh aziz farah osman yusuf ibrahim warsame okafor okonkwo adeyemi adebayo balogun okoye
eze nwosu obi mensah owusu boateng asante appiah diallo traore keita cisse toure ndiaye kamau mwangi otieno ochieng abebe tesfaye kowalski nowak
wisniewski wojcik kowalczyk kaminski lewandowski zielinski szymanski wozniak kozlowski jankowski mazur krawczyk petrov ivanov smirnov kuznetsov popov
sokolov volkov novikov fedorov morozov shevchenko kovalenko bondarenko melnyk horvat kovac jovanovic petrovic nikolic popescu ionescu papadopoulos
rossi russo ferrari esposito bianchi romano colombo ricci marino greco bruno gallo conti deluca mancini costa giordano rizzo lombardi moretti
barbieri fontana santoro mariani rinaldi caruso ferrara galli martini leone longo gentile martinelli vitale lombardo serra coppola desantis dangelo
marchetti parisi villa conte ferraro fabbri bianco marini grasso valentini messina sala gatti pellegrini palumbo sanna farina rizzi monti cattaneo
muller schmid fischer meier schulz becker hofmann schafer richter wolff schroder neumann schwarz zimmermann braun kruger lange schmitt werner
krause lehmann schmid schulze maier kohler herrmann konig walter huber kaiser fuchs scholz moller weiss jung hahn schubert vogel friedrich keller gunther
winkler lorenz baumann albrecht schuster simon ludwig bohm winter kraus martin schumacher vogt stein jager otto sommer gross seidel heinrich brandt
haas schreiber graf dietrich ziegler kuhn pohl engel horn busch bergmann voigt sauer arnold pfeiffer dubois durand leroy moreau laurent lefebvre
michel bertrand roux fournier girard bonnet dupont fontaine rousseau vincent lefevre faure mercier blanc guerin boyer garnier chevalier gauthier
robin masson marchand duval denis dumont lemaire noel meyer dufour meunier brun blanchard giraud joly riviere lucas brunet gaillard barbier arnaud
martel pelletier bouchard gagnon tremblay cote lavoie fortin gagne ouellet belanger levesque bergeron leblanc paquette girard simard boucher caron
beaulieu cloutier dube poirier fontaine landry hebert thibodeaux broussard boudreaux guidry melancon johansson andersson karlsson nilsson eriksson
larsson olsson persson svensson gustafsson pettersson jonsson jansson hansson bengtsson lindberg lindstrom lindgren berg bergstrom nyberg lundberg
holm lund dahl strand haugen halvorsen andersen pedersen christiansen jorgensen rasmussen sorensen madsen kristensen olsen thomsen poulsen johansen
knudsen mortensen virtanen korhonen nieminen dejong jansen devries vandenberg bakker visser smit meijer deboer mulder degroot bos vos peeters maes
vandyke vanhorn vanburen silva santos ferreira pereira oliveira costa rodrigues martins sousa fernandes goncalves gomes lopes marques alves almeida
ribeiro pinto carvalho teixeira moreira correia mendes nunes soares vieira monteiro cardoso rocha neves coelho cunha pires fonseca machado araujo
barbosa tavares arellano barajas becerra benavides benitez bernal bonilla bravo briones bustamante caballero cabrera calvillo canales cano cantu
carbajal cardenas carmona carranza casillas castellanos castrejon ceballos cedillo cisneros collazo cordova corral coronado covarrubias cuevas
davila delarosa deleon delvalle echeverria elizondo escalante escobar escobedo espinosa esquivel fajardo farias galindo gallardo gamboa garay
garibay godinez gomes granados grijalva guajardo guevara gurrola haro hinojosa hurtado iglesias jaimes jaramillo jasso jurado lazo leal ledesma leiva
lemus lerma leyva limon llamas loera lomeli longoria lovato lucero lujan macias madrid madrigal magana marin mata matos medellin mena menchaca
meraz mireles mondragon monge monroy montano montalvo montanez montenegro montes mosqueda murillo najera naranjo nava negrete negron nevarez nieto
noriega ocampo ojeda olivares olivas olivera olivo olmos olvera ontiveros oropeza orta oseguera osorio pagan palacios palomino pantoja paredes parra
patino paz peralta pineda pizarro plascencia ponce portillo prado preciado prieto puente pulido quezada quinones quinonez quintana quintanilla quintero
quiroga quiroz rael razo rendon renteria resendez rincon robledo rolon rosado roybal rubio ruelas saavedra saenz saldana saldivar salgado samaniego
sambrano santillan sauceda segovia segura sepulveda serna sierra sisneros solano solorio sosa sotelo suarez tafoya tamayo tapia tejada tejeda
tellez terrazas tijerina tirado toledo toro toscano tovar trejo trevizo uribe urbina valadez valdes valdivia valentin valle vallejo valles
varela vela velasco velez venegas vera verdugo verduzco vergara vidal viera vigil villa villagomez villalobos villalpando villasenor villegas yanez
ybarra zambrano zapata zaragoza zarate zavala zepeda ackerman acker adair adcock addison adler aguirre akers albert albertson alford allred alston
ambrose amos andersen anthony apodaca applegate archer archuleta armstead arndt arredondo ashby ashley atwood aubrey ault ayers babcock bach bacon
baird baldwin bales ballinger banister barfield barger barker barlow barnard barr barron barry bartley barth bateman battle baum baxter bayer beach
beal beard beatty beaver bechtel becker beckett beckman beckwith bedford beebe belcher bell benedict benjamin benner benoit benson berger bergman
berman bernstein berryman best bethel beyer bickford biggs billings binder bingham bird birch bivens blackburn blackmon blackwood blaine blakely
blanchard blankenship blanton blevins block bloom blount blue blum boggs bolden bolton bonds bonner booker borden bosley boston boswell bower bowers
bowles bowling boyce boyer bracken brackett bradshaw brandon brandt brantley braswell bratton braun bray brennan brewster bridges briscoe bristol
britt britton brock brogan bronson brower browning broyles brubaker bruce brumfield brunner bryan bryson buchholz buck buckner bumgarner bunch
burdette burger burgos burkett burks burnett burnette burris burroughs burrows busby butcher byers byrne cagle cahill callahan calvert cameron camp
canfield cantrell cardwell carlin carlisle carlton carmichael carney carver cash cassidy castle cates caudill causey cavanaugh chaffin chamberlain
chandler chaney chapin chappell charlton chastain cheatham childers childress childs chisholm christian christopher christie church churchill clancy
clapp cleary clements clemons cleveland clifford clifton cline clinton coates coburn cody coffey coffman colbert colby coley collier collins colvin
comer conklin conley conn connell connelly connolly connor connors conroy cooke cooley coons copeland corbett corbin corcoran cornell cornwell cotton
couch coughlin courtney cowan cowart coyle crabtree craft crandall crane craven crawley creech crenshaw crews crockett cromwell cronin crosby crouch
crow crowder crowe crowell crowley crum crump culbertson cullen culver cummins currie curry cutler dailey daley daly daniels danner darby darling
darnell dash daugherty davies davison dees delaney delong dempsey denham denney denning denson denton derrick devine devito dewitt dial dickens
dickey dickinson dickson diehl dill dillard dillon dinh dix dobbins dobbs dobson dockery dodd dodge dodson doherty dolan donahue donald donaldson
donnelly donohue donovan dooley dorsey dotson dougherty doughty dow dowd dowling downey downing downs draper drew driscoll drummond dubose duckworth
dudley duff duffy dugan duggan duke dukes duncan dunham dunlap dunning dupree durant dutton duvall dwyer dye eads eagle earl early east eastman ebert
eckert eddy edmonds edmondson egan elder eldridge elkins eller elmore emerson emery engle ennis epps epstein erwin esposito etheridge eubanks evers ewing
fagan fairchild faulkner faust felder felix felton fenton ferris fielder fink finley finn finney fischer fitch fitzgerald fitzpatrick flanagan flanders
flannery flood floyd fogle foley forbes foreman forrest forsyth fortner fournier foust fraley francois frantz fraser frasier frederick freed freitas
friedman fritz fry frye fulton funk furman gable gage gaither galloway gamble gannon gant garland garner garrison garvey gary gaskins gay gentry gerber
gibbons giddens gifford giles gillespie gilliam gillis gilman gilson gipson givens gleason godfrey godwin goff goins goldberg goldman goldstein good
goode goodrich goodson goodwin gorman goss gough grace grady gragg granger graves greathouse greenberg greenfield greenwood gregg grier griffith
griggs grimes grissom grove groves grubbs guillory gunn gunter guthrie guy haas hackett hadley hagan hagen haggard haines halcomb haley hall
hallman halstead hamby hamel hamlin hamm hammer hammonds hamrick hand haney hanley hanna hannah hannon hanks hardaway hardin hardwick hardy hare
hargrove harkins harlan harlow harman harp harrell harrelson hartley hartwell haskins hastings hatch hatcher hatfield hathaway hauser hawk hawley
hayden hayward haywood head headley healy hearn heck hedrick heller helms helton hemphill henley hennessy henning herbert herman herndon
herring herron hershberger hewitt hiatt hickey hickson higdon higginbotham hildebrand hilliard hilton hinkle hinson hinton hitchcock hite hoag
hobson hodge hodgson hoffmann hogue holbrook holcomb holden holder holley holliday hollingsworth hollis holman holt homan honeycutt hooker hooks
hooper hoppe hopper hopson hornback horne hoskins hough houston howland hoyt huber huckaby huddleston hudgins huffman huggins hulse hume humphreys
humphries hundley hurd hutchins hutchinson hutchison hutson hyatt hyde irby ireland irvin irvine irving irwin isaac isaacs isom ivey ivy jack jacob
jacobsen jacobson jacques jaeger jamison jarrell jasper jefferies jeffers jefferson jeffery jeffries jenkins jernigan jessup jett jewell johns jolly
jonas jorgenson joyce judd justice kahn kaplan karr katz kauffman kaufman kay kearney kearns keating keck keegan keen keenan keene keith kellogg kelsey
kemp kendall kendrick kenney kenny kern kersey kessler ketchum key keyes keys kidd kiefer kilgore killian kilpatrick kimball kimble kimbrough kincaid
kinder kinney kinsey kirby kirchner kirkland kirkpatrick kirkwood kiser kitchen kitchens kline knapp knowles knowlton koehler koenig kramer kraft
kress krieger krug kuhn kunz kurtz kyle lacey lackey lacy ladd lafferty laird lake lamb lamont lancaster land landers landis landrum langford
langley langston lanham lanier lankford larkin larsen larue latham lathrop latimer lauer law lawler laws lawton lay layman layne layton leach leary
leavitt ledbetter ledford leeds lehman leigh lemay lemon lemons lenz leslie levin levine levy lewandowski light lightfoot lilly lincoln lindley
lindsay lindsey link linn lipscomb lister litchfield little littleton locke lockett lockhart lockwood lofton lombard london looney loomis
lord lott louis lovejoy lovelace lovell lowery lowry lucas luckett ludwig lugo luke lumpkin lundy lunsford luther lutz lyle lyman lynn lyon lytle
maas mabry mackay mackey maclean macleod madden mahan maher mahoney major mallory maloney mangum mann marcum mares marion markham marks marlow marr
marrero marsden marshall martindale mas massey masters mathews mathis matson mattson maurer mauldin mayer mayes mayfield mayo mays mcadams mcafee
mcallister mcarthur mcbee mccabe mccain mccann mccarty mccaskill mcclellan mcclelland mcclendon mcclung mcclure mccollum mccord mccormack mccracken
mccray mccrary mccullough mccurdy mccutcheon mcdermott mcdonough mcdowell mcduffie mcelroy mcfadden mcfarland mcgarry mcghee mcginnis mcgill mcgovern
mcgowan mcgrath mcgraw mcgregor mcgrew mchugh mcintyre mckay mckee mckenna mckinley mckinney mcknight mclaughlin mclean mclemore mcleod
mcmahan mcmahon mcmanus mcmullen mcnair mcnally mcnamara mcneal mcneil mcneill mcpherson mcqueen mcrae mcvey mead meador meadows means medeiros
meek meeks mercer meredith merrill merritt metcalf metz metzger michaels michaud mickens middleton miles millard milligan millsap milner milton mims
miner minor minton mize mock moen monaghan monk monson montague moody moon mooney moreland morey moriarty morrell morrow morse mott motley mount
moyer mulcahy mull mullen mulligan munn munson murdock murphree murrell musgrove myles myrick nance napier neely neff nesbitt neville newberry
newby newcomb newell newkirk newsome nicholas nicholson nickerson noble noel noland nolen noonan nord norman north northrup norwood nugent nunley nutter oakes
oakley oakman obryan ocasio oconnell oconnor oconner odell oden odom ogden ogle ohara okeefe oleary olds olin oliveri oneal oneil oneill orourke orr
orton osborn oswald otoole overton pace packard padgett page paige painter palma parham paris parish parkinson parr parrish parrott parson
partridge paschal pate patrick paulson paxton payton peacock peak pearce peck pelletier pemberton pendergrass pendleton penn pennington peoples pepper
perdue perkins person peter petrie pettit phifer phipps pickens pickett pierson pike pinkston piper pitt pitts plummer poe polk pollard pollock pool
pope porterfield posey poteet pounds powers prather presley pressley priest pritchard proctor pryor puckett pugh purcell purdy putnam pyle
quick quigley quintana rader ragsdale raines rainey rains ralston ramey rand randle randolph raney rankin ransom rapp ratliff rauch rawlings ray raymond
reagan reardon reaves rector redd redding redman redmond reece reeder reeves regan rehm reich reilly reinhardt reinhart renfro renner reno reuter
rhoades rhoads rich richey richman richmond ricks riddle rider ridley riggins riggs riggs riley rinehart ring ritchie ritter roark robb robbins
roberson robert roberts robins robison roche rockwell roe roland rollins rooney root roper rosen rosenberg rosenthal roth rouse rowan rowe rowell
rowland rowley royal rubin rucker rudd rudolph ruff ruffin rupp rush rushing rust rutherford rutledge ryder salas salmon salter sampson samson samuel samuels
sanborn sanderson sandifer sands sanford santana sapp sargent sasser satterfield sauer saul sawyer saxton saylor schaefer schafer schaeffer
schell schilling schmitz schofield schrader schreiber schuler schulte schulz schumacher schuster schwab scroggins scruggs seals sears seay see seibert seitz
self sell sewell sexton seymour shafer shanks shannon sharpe shay shea sheehan sheets sheffield shelby shell shepard sheppard sheridan sherrill
sherwood shields shipley shipman shirley shively shockley shoemaker short shrader shultz shuler siegel sikes simmons simms simon sinclair singer
sipes sisk sizemore skaggs skelton slade slater slaughter slone small smalls smallwood smart smiley smithson smyth snell snider snow snowden
somers sorenson southern sowell spangler spaulding spear spears speer spence spicer spivey sprague springer stack stacy stafford staley stallings
stamps stanfield stapleton stark starks starnes starr staton stauffer steel steen stein steiner stepp sterling stern stephan stidham stiles still
stinson stockton stoddard stoll stoner storey storm story stout stovall strange stratton street stringer stroud stuart stubblefield stubbs stump
sturm styles suggs sumner swain swan swann swartz sweat swenson swift switzer sykes tabor talbot talley tanner tarver tatum teague teal
temple templeton terrell terry thacker tharp thayer theriault thomason thorn thorne thorpe thrasher thurman thurston tibbs tidwell tillery tillman
tilley timmons tipton tobin todd tolbert toler toliver tolliver tomlin tomlinson tompkins toney toth townes towns townsend tracey tracy travis treadway
trent trimble triplett trotter trout troyer tubbs tully turk turley turnbull tuttle tyson unger updike upton usher vail valentine vann van vanover
varner varney vaught vest vick vickers vinson voss wadsworth waggoner wagoner waite walden waldron walker wall wallace waller walling walsh
walter wampler warfield waring wasson waterman watters watt weathers weatherspoon weddle weeks weir weinberg welborn welker weller wendt wentworth
wertz wesley westbrook westfall weston wetzel whalen whaley wharton wheatley whipple whitaker whitcomb white whitehead whitehurst whiteside whitfield
whitley whitlock whitlow whitman whitmore whitney whitt whittaker whitten whittington wick wicks wilburn wilder wiles wilhelm wilkerson wilkes wilks will
willard willett willey william williford willingham willoughby wills winchester windham windsor winfield wing winkler winn winslow winstead
winston wirth witt witherspoon wofford wolfe womack wong woodall woodard woodbury woodruff woodson woodward woody woolf wooten workman worley worrell
worth worthington wray wren wyatt wylie wyman wynn yanez yarbrough yates yeager yoder yost youngblood younger yount zeigler zeller zellers zink zook
`;
