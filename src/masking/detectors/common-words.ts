// NOTE: data: words that stand with a capital in clinical text and are no names.

/** Never part of a name: function words, headings, roles, places of care, months, drugs and tests often written with a capital. */
export const COMMON_WORDS = `
a about above abdomen abdominal abnormal accession according account active activity acute additional address admin administered admission admit admitted
adult advised after again age agreed alert all allergic allergies allergy also ambulated ambulatory an and anesthesia ankle another anterior antibiotic
antibiotics any appears appointment apt april area arm arrived arterial artery as aspirin assessment assistant associated at attending august ave axis
back bacteria based because bed before began behavior being below benefits benign between bilateral bill billing biopsy bladder bleeding blood body bone both
bowel box bp brain breast breath brief bun but by call called came cancer cardiac cardiology cardiovascular care case cath cell center central cervical
changes chart chest chief child chronic cirrhosis city clear clinic clinical closed closure code colon comfort comment comments community comparison
complaint complaints complete complications compliance condition confirmed congestive consent consistent consult consultation contact continue continued
contrast control copd copy coronary correct could county course created creatinine critical ct culture current currently daily data date dates day days
december decreased deep deferred degree delivered denied denies department depression description detail details developed device diabetes diabetic
diagnosed diagnoses diagnosis diagnostic diet differential digital direct disability discharge discharged discussed disease disorder distal division
dob doctor done does dose double drainage dressing drive drug drugs due duration during each ear early echo echocardiogram ed edema education eeg ekg
electronically elevated email emergency employee employer encounter end endocrine ent er established estimated evaluated evaluation evening every exam
examination excellent except extremities extremity eye eyes face facility failure family father fax february female femoral fetal fever few file final
findings first floor fluid follow followed following followup food foot for found friday from full function further gait gallbladder gastric gauge gen general
genitourinary gi given glucose good group growth gu guardian gyn had hand has have having he head health hearing heart heent height hello hematology hemoglobin
hep hepatic her here hernia hi high him hip his history home hospital hospitalist hour hours house how however hpi htn human husband hx hypertension i icd ice
icu id identification if illness imaging immediate immediately immunization immunizations implant important impression improved in incision increased
indication indications infant infection infectious information informed initial injection injury inpatient inserted insurance insured intake intensive
interim internal intervention intubated into is issued it its iv january job joint july june just kidney knee known lab laboratory labs labor lactated
last lateral left leg legal less let level license life limited line lipid list liver lives living local location long loss low lower lumbar lung lungs
magnesium maintain major male management manual march marital mass maternal may md me meals measured med medial medicaid medical medicare medication
medications medicine meds member mental message metabolic middle mild minimal minutes moderate monday month months monitor more morning most mother
motor mouth mr mri mrn mrs ms much multiple muscle musculoskeletal my n/a na name nasal nausea neck needed negative neuro neurologic neurological
neurology new next night nkda no none nor normal nose not note noted notes nothing november now npo number nurse nursing nutrition ob obese objective
observed obtained occupation occupational october of off office old on oncology one ongoing only open operation operative option options or oral order
ordered orders organ orthopedic orthopedics other our out outpatient output over overall own oxygen pacemaker page pain palpable palpitations pancreas
parent parents part partial past path pathologic pathology patient patients pcp pe pediatric pediatrics pelvic pelvis pending per performed peripheral
person personal pharmacy phone physical physician place placed placement plan plans plasma please pm pneumonia policy positive possible post posterior
postoperative potassium pre pregnancy preoperative prep prescribed prescription present presentation presented presenting presents pressure previous prn prior
private problem problems procedure procedures prognosis program progress proximal provider provided psychiatric psychiatry psychological pt pulmonary pulse
quality questions radiology rapid rash rate re reaction reason received recent recommend recommendation recommendations recommended record records recovery
red referral referred referring reflexes regarding regimen regular rehab related release relevant remains removed renal repair repeat repeated report reported
reports request requested resident respiratory rest result results return returned review reviewed revised rhythm right ringers risk risks rn ros routine rx
sample saturday saw screening second see seen sent september serum service services set severe sex sexual she should shortness side sign signed signature
significant since single site skin small so social sodium soft some special specialty specimen spinal spine spouse spoke ssn stable staff stage standard
started state states status stay stent sterile still stomach stool stop street strength subjective subscriber suggest suite summary sunday supine supervising
supplement surgeon surgeries surgery surgical symptoms system systems systolic table take taken takes taking tel telephone temp temperature test tested
testing tests than thank thanks that the their them then therapist therapy there therefore these they this thoracic those three through thursday thyroid
time times tissue title to today together tolerated tomorrow total toxicology trauma transfer transferred transplant transport treated treatment triage trial
tube tuesday tumor two type ulcer ultrasound under unit unknown until up updated upon upper urgent urinary urine urology us use used user using usual
uterine vaccine vaginal valve various vascular vein venous ventricular version very via view vision visit visits vital vitals vitamin vomiting was we wed
wednesday week weekly weeks weight well were what when where which while white who wife will with within without work worker would wound wrist x-ray xray
year years yes yesterday yet you your zip
jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun
american african asian hispanic caucasian latino english spanish french german chinese catholic jewish muslim medicare america united
north south east west northern southern eastern western university college school institute foundation association corporation corp inc llc company
pharmacy bank church avenue road lane boulevard drive court
glasgow coma gold nyha afib copd covid tylenol advil motrin lipitor crestor zocor plavix coumadin warfarin xarelto eliquis lasix norvasc lopressor
toprol coreg prinivil zestril diovan cozaar glucophage lantus humalog novolog januvia synthroid prilosec nexium protonix zantac pepcid zofran reglan
phenergan benadryl claritin zyrtec allegra flonase ventolin proventil advair symbicort spiriva singulair prednisone medrol decadron keflex augmentin amoxil
zithromax cipro levaquin bactrim flagyl vancomycin rocephin zosyn ancef unasyn morphine dilaudid percocet vicodin norco oxycontin fentanyl versed propofol
ativan xanax valium klonopin ambien zoloft prozac paxil lexapro celexa wellbutrin effexor cymbalta remeron seroquel risperdal zyprexa abilify haldol
depakote lamictal neurontin lyrica keppra dilantin tegretol topamax aricept namenda sinemet heparin lovenox marcaine xylocaine lidocaine epinephrine
betadine prolene vicryl monocryl ethibond gelfoam surgicel omnipaque isovue gadolinium insulin metformin penicillin sulfa latex tegaderm kerlix steri-strips
humira enbrel remicade botox kenalog celebrex mobic naprosyn ultram flexeril soma imitrex fosamax boniva premarin viagra cialis flomax proscar avodart
ditropan detrol vesicare
info warn error debug trace select insert update delete create table limit server client database row rows null true false get put head http https
fall falls live lane
although because despite furthermore moreover nevertheless overall otherwise perhaps previously recently subsequently additionally initially finally
ortho neuro nephro heme onc ophtho optho pulm rheum endo gyn uro peds derm psych hospice palliative anesthesia vascular podiatry infectious
thoracics plastics hospitalists intensivist cardiologist resident residents intern fellow triage dispatch medic medics ems police
daughter son brother sister niece nephew aunt uncle grandmother grandfather grandson granddaughter caregiver client neighbor roommate partner friend
media formula midwife boyfriend girlfriend fiance fiancee stepmother stepfather parents twins she he they nobody everyone dictating dictation dictated calling speaking pages
walgreens cvs walmart kroger publix costco aetna cigna humana anthem bcbs tricare labcorp medtronic stryker medline mckesson medicaid mychart epic
attention admits alcohol smoking smoker tobacco consults pertinent absence apparently approximately bring brought consider denied ensure
keep make need needs observe obtain offer please provide recheck refer reports resume schedule scheduled speak start
states switch trend try turn understand verify wait walk want wants watch went wish
subject regards sincerely dear re cc attn fwd sent
lymph node nodes abscess anemia angina aorta aortic apnea appendix arthritis asthma atrial bacterial bilirubin bronchial calcium carotid cataract
catheter cerebral cholesterol colonoscopy cord corneal cranial cystic dental dermatology dialysis dorsal dr drs mrs miss prof duct embolism esophagus fibrosis fistula foreign
fracture frontal gastro glaucoma graft hemorrhage hepatitis hysterectomy iliac infarction inferior intravenous ischemic jaw lobe lymphoma macular mammogram
mandible maxillary melanoma meniscus migraine mitral murmur nail nerve neuropathy nodule occipital ocular optic orbital ovarian ovary palate parietal
patella pleural polyp prostate psoriasis radial radius rectal rectum retina retinal rib ribs rotator sacral saline scalp sciatica scrotal seizure sepsis septal
septum shoulder sinus spleen stenosis sternal stroke superior suture sutures syncope temporal tendon tibia tibial tonsil trachea tracheal transverse
tricuspid ulnar ureter urethra uterus vagina vena ventral vertebral vocal
tabs tablet tablets capsule capsules mg ml mcg units bid tid qid qhs daily weekly monthly
section page part volume figure appendix chapter item task ticket order form version
`;

/** Names that are also words, places or months: names only where more says so. */
export const ORDINARY_NAMES = `
will may mark grace hope faith rose art bill  frank  grant  june april august autumn summer dawn joy iris ivy lily daisy violet hazel olive
pearl ruby amber crystal ginger heather holly rosemary sage willow sky skylar star sunny stormy harmony melody charity chastity constance prudence patience
 angels baby buddy chance chase  cliff clay cash colt   del don duke  early easton forest forrest ford guy hunter jay  king
lance lane lee major mason max miles mike myles paris penny price prince queen ray reed rex rich rob  rocky rod roman royal rusty sandy sierra sonny
sterling stone sue tab temple terra  trace tucker van  virgil wade ward west will woody young page  parker piper porter pierce dallas austin
houston lincoln   washington jefferson georgia virginia carolina dakota montana florida india kenya israel jordan paris london london asia
america  savannah phoenix memphis brooklyn bronx cleveland columbus denver boston chester lancaster york  essex sydney  
 alexandria  glen      salem  concord camden     carson   
 santa san los las angeles   augusta lourdes mercy trinity genesis eden nova   terra lea pat     
peg art    ward rain storm tiger wolf fox bear hawk crow crane drake martin  wren lark dove swan bird bass pike fish salmon lamb bull
young old small little large long short strong stout sharp smart wise good best better sweet love loving noble gentle savage wild free rich poor
black white brown green gray grey gold golden silver red blue pink violet
hill hills field fields wood woods forest river rivers lake lakes brook brooks pond stream spring springs summer summers winter winters rain snow frost storm
stone rock rocks sand sands marsh moss heath bush rose flowers berry cherry apple bean rice wheat barley corn pepper ginger
king prince duke  knight bishop pope abbot priest deacon church temple cross bell
cook baker butler carter carpenter farmer fisher gardner hunter miller mason parker porter potter sheppard shepherd shoemaker singer skinner slater smith
taylor tanner turner tyler wagner walker weaver barber brewer cooper fuller glover harper judge marshall page painter palmer parson sawyer sargent sergeant
steward stewart ward major
park parks bridge bridges street lane gates hall house barn mill mills castle court towers banks wells pool ford hurst
head hand hands foot legg finger bone bones heart hart body back
day days may june march friday monday noon early late
case cases cash cost price worth sale bond bonds stock stokes bank
ball bat battle best bland block bloom blue board booth bowling box branch brand bray briggs bright broad buck bull bunch burden burn burns
bush call camp cane case chance chase check child childs childress  church close coats cole cold combs comer cook cotton couch counts cover cowan craft
crane crews cross crow crown crump cutler dash date day dear dial dill dock dodge door dove downs draper dry duck dunk early east eddy ellis
english fair faith fall fast favor fears feather field finch fine fish flood flowers fly force ford foster fountain fox free french friend frost fry
gage gale garland gay gee gentry german gift glass glaze glen gold good grace grand grant graves greene ground grove guest gun guy hale
ham hammer hand hare harm harms hatch hay head heard hearn heath hedge helm high hogan hold holder hood hook hope horn house hover howl hull
hunt husband ice ivory  jolly judge just justice keen key keys kind kinder kitchen knight knott lack land lane large last law laws lawn
lay leak leap left legg lemon less light line little live lock long lord lot louse love low lowery luck lust lynch mace main major man
mann manning marine mark marks mars mast mate may means mercer mercy merry miles mill mind mine minor mock money monk moody moon moore
moor more morning moss mote mount mull must nance neat neck negro new nickel night noble nobles north notice null oakes oaks
oneal orange otto outlaw overall pack pace page  pain paine pair palm parent parish park part pass pate  peace peak peck peek pen penn
person pick pickle pike pine pink piper pitt pitts place plant plum poe point pole pond pool pope porter post pounds power powers press price pride
prime prior purple purse quick rain rains ram ramp rand range rank read ready ream reaves rector reed rest reyes rich rick ride rider rife ring
rings rise road roach robb rock rod role roll rone roof root rose rough round rouse row royal rudder ruff rule run rush rust saddler sage sales salt
sample sanders sand savage say scales school scruggs seal seals seat see self sell senior service settle sewer shade shadow shank sharp shaver shell
shields shine ship shore short show silver simple single sink sizemore skill slack slate slaughter small smart smoke snow snider sole son south
spann spark sparks spear speed spell spence spice spine spring spruce spurs square stack staff stafford stall stamp stand stands star stark start
state stay steel steele step stern stiff still stock stone storm story stout strange street string strong stump sturdy style suit sumner sun swain
swan sweat sweet swift sword tabor tack tall tally tank tap tart tate teal team teller tew thick thorn tide tiller tilt toll tong tool top towers town track
trail train tripp trout true truth tubbs tuck turn twist tyre unger upright usher vale valley van vest vice vick view vine wake walk
wall walls waller want ward ware warm warn wash waste watch waters way ways weary weather webb wedge weed weeks weight welcome well
wells west wheel whip whisper white wick wild will wills wind winds wine wing winner wise wish wolf wood word words work works worth wren yard
yard york young youngblood zero house hospital guerin
ringer allen graves addison bell parkinson hodgkin crohn alzheimer huntington wilson babinski murphy foley cushing kaplan meier
wong baker apgar braden morse barthel norton glasgow gleason child pugh killip wells ranson bishop mallampati
santiago valencia madrid toledo cordova carolina cruz vista cuba lima berlin dublin
ace ada al an ana ann ali amor ami do ho le li lo ma mi so su to tu un vi wu ya in lin ling dong dang bui ngo on an tran hue long mai ray
see ning so min sun son an mi ki si yu an
rn md do pa od
anders anh ani apollo ara armani augustin augustine awa beau bo bodhi briar browder cadence cali cam candelario cem chi clement clemente coby constantin
coombs crew cuc dag dao dax destiny elliot ellsworth emi england eri esi ewa fei felicity frey frisch fujita germain gideon gul gunner gus haber hai hal hank
hao harlem harley hashimoto heaven hendrix hoa hok honda huw huy jahn jie jos journee jude kikuchi kip kira knoll kocher kohl korner kremer kroger kurz kye
lan langer lei lennox lindner linwood lyndon lyric macaria magnus malaysia marcel maverick maxim mcmurray mel merkel merlin messiah milan modesto monte mori
moser nagel nam nation natividad nga nhi nhu noe nolte odd ole oma onyx ota ove pal pascal pei philips piedad placido poland poppy prater primitivo prinz
purificacion purvis qin quincy quy rau raven refugio reiter remedios remy ren rhys ridge rie rieger rin rocco rolland romeo royce ruddy rui runge rusk russ
ryker ryo saint sander santo savoy schiff schott scottie sho shu simonds sjogren skye solomon spain speight stan stanford steinmetz stetson stockwell strauss
strom tad takeda tam tan tao thiel titus tobias tone tor trinidad truett twigg ty udo ugo ulf uma umm una urban urbano ute uwe ventura volk vy wachter wages
waldmann wally waterhouse waylon wegener wes whiting wicker wim xander xia xiu xue yaa yaw yen yi yue yui yun zander zeke zev zimmer zion
`;

/** Behind a name: disease, sign, test, device, or a place that bears it. */
export const EPONYM_NOUNS = `
disease diseases syndrome syndromes sign signs test tests testing scale score scores scoring criteria criterion classification class grade stage staging
palsy paralysis chorea tremor dementia lymphoma sarcoma tumor tumour carcinoma cyst nodule nodules node nodes esophagus ulcer ulcers hernia fracture
fractures dislocation contracture ataxia neuralgia neuroma phenomenon reflex maneuver manoeuvre position procedure operation incision approach technique repair method
catheter catheters tube tubes drain drains clamp retractor forceps scissors speculum needle needles bag mask stent valve prosthesis pouch suture shunt
filter wire port line pump brace collar splint cast bandage dressing table frame pins nail plate screw
stain agar solution lactate lactated anemia thyroiditis nephropathy encephalopathy cardiomyopathy myopathy neuropathy dystrophy atrophy angina arthropathy
murmur rub breathing respirations respiration pulse triad tetralogy anomaly malformation canal duct gland glands ligament muscle tendon space point line lines
body bodies cells cell law equation formula index ratio curve estimate analysis regression plot
hospital clinic medical center centre health healthcare pharmacy laboratory laboratories labs university college school institute foundation memorial
county city street avenue road drive lane boulevard park church building pavilion ward unit hall house home manor district township county
guidelines guideline protocol score questionnaire inventory assessment exam screen screening measure nomogram algorithm risk
ring rings ringer spots patches crisis hump facies gait sprue purpura vasculitis granulomatosis gangrene abscess fasciitis arteritis aneurysm
`;
