# Reference results for screening, aggregation, agreement, norms and tests of correlations.
#   Rscript screening_and_agreement_reference.R        (in this folder; about a minute)
# Needs careless 1.2.2, multilevel 2.7, irr 0.84.1, psych 2.2.9, psychTools, nlme, jsonlite; R 4.2.2.
# The session of the run is in screening_and_agreement_session.txt.
OUT <- "."
suppressMessages({library(psych); library(psychTools); library(jsonlite)})
vv <- function(p) tryCatch(as.character(packageVersion(p)), error=function(e) NULL)
VERS <- c(list(R=R.version.string), sapply(c("psych","psychTools","multilevel","careless","irr","nlme"), vv, simplify=FALSE))
set.seed(1)

quiet <- function(expr){ w <- character(); v <- NULL; invisible(capture.output(v <- tryCatch(withCallingHandlers(expr,
   warning=function(c){w <<- c(w, conditionMessage(c)); invokeRestart("muffleWarning")},
   message=function(c) invokeRestart("muffleMessage")), error=function(e) structure(list(error=conditionMessage(e)),class="ERR")))); list(v=v,w=unique(w))}
ok <- function(expr){ q <- quiet(expr); if(inherits(q$v,"ERR")) list(error=unclass(q$v)$error) else q$v }   # value, or {error:}
mat <- function(m){ m <- as.matrix(unclass(m)); attributes(m) <- list(dim=dim(m), dimnames=dimnames(m))
  list(rows=if(is.null(rownames(m))) seq_len(nrow(m)) else rownames(m), cols=if(is.null(colnames(m))) seq_len(ncol(m)) else colnames(m), values=unname(m)) }
df_ <- function(d){ d <- as.data.frame(unclass(d)); rn <- rownames(d); for(n in names(d)) if(inherits(d[[n]],c("lavaan.vector","mirt_df"))) d[[n]]<-as.numeric(d[[n]]); cbind(row=rn,d) }
save_json <- function(x, name){ x$versions <- VERS; write(toJSON(x, digits=NA, auto_unbox=TRUE, na="null", null="null", matrix="rowmajor", dataframe="rows", pretty=TRUE), file.path(OUT, paste0(name,".json"))); cat(format(Sys.time(),"%H:%M:%S"),"wrote",name,"\n"); flush.console() }
put_csv <- function(d, f){ write.csv(d, file.path(OUT,f), row.names=FALSE, na=""); read.csv(file.path(OUT,f), stringsAsFactors=FALSE) }
sect <- function(name, expr) force(expr)

# aggregation
agg_icc <- function(d,vars,grp) setNames(lapply(vars,function(v){ x <- d[!is.na(d[[v]]),]; f <- factor(x[[grp]]); a <- aov(x[[v]]~f); s <- summary(a)[[1]]
   n <- table(f); G <- length(n); n0 <- (sum(n)-sum(n^2)/sum(n))/(G-1)
   list(n=nrow(x),groups=G,mean_group_size=mean(n),n0=n0,MSB=s[1,3],MSW=s[2,3],dfB=s[1,1],dfW=s[2,1],F=s[1,4],p=s[1,5],eta_squared=s[1,2]/sum(s[,2]),ICC1_multilevel=multilevel::ICC1(a),ICC2_multilevel=multilevel::ICC2(a),
     ICC1_meansize=(s[1,3]-s[2,3])/(s[1,3]+(mean(n)-1)*s[2,3]), ICC1_n0=(s[1,3]-s[2,3])/(s[1,3]+(n0-1)*s[2,3]),
     lme_variances=ok({m <- nlme::lme(as.formula(paste(v,"~1")),random=as.formula(paste("~1|",grp)),data=x); z <- c(as.numeric(nlme::getVarCov(m))[1],m$sigma^2); list(tau00=z[1],sigma2=z[2],ICC1=z[1]/sum(z),ICC2_meansize={k <- mean(n); i <- z[1]/sum(z); k*i/(1+(k-1)*i)})}),
     deff_meansize=1+(mean(n)-1)*(s[1,3]-s[2,3])/(s[1,3]+(mean(n)-1)*s[2,3])) }),vars)

# careless answering
careless_block <- function(d, file, name, items, factors, crit=.6, anticrit=-.4, nshow=nrow(d)){
  library(careless); x <- d[,items]; 
  o <- list(data=file,items=items,factors_items_in_order=factors,n=nrow(x))
  ls <- longstring(x,avg=TRUE); o$longstring <- ls$longstr; o$avgstring <- ls$avgstr
  o$longstring_note <- "rle over the row in column order; a missing value breaks the string and counts as a run of 1"
  o$irv <- irv(x); o$irv_split3 <- lapply(as.list(irv(x,split=TRUE,num.split=3)),identity)
  eo <- ok(suppressWarnings(evenodd(x,factors,diag=TRUE))); o$evenodd <- eo[[1]]; o$evenodd_pairs <- unlist(eo[[2]])
  o$evenodd_note <- "careless 1.2.2: sign flipped, higher = more careless: -(2r/(1+r)), the Spearman-Brown value floored at -1 before the flip"
  ps <- ok(psychsyn(x,critval=crit,diag=TRUE,resample_na=FALSE)); o$psychsyn_critval <- crit; o$psychsyn <- if(!is.null(ps$error)) ps else ps$cor; o$psychsyn_pairs <- ps$numPairs
  pa <- ok(psychsyn(x,critval=anticrit,anto=TRUE,diag=TRUE,resample_na=FALSE)); o$psychant_critval <- anticrit; o$psychant <- if(!is.null(pa$error)) pa else pa$cor; o$psychant_pairs <- pa$numPairs
  o$psychsyn_note <- "resample_na=FALSE (the package default TRUE is random); pairs with r > critval strictly, pairwise r; needs more than 2 pairs"
  o$item_pairs_top20 <- df_(head(psychsyn_critval(x),20)); o$item_pairs_bottom20 <- df_(head(psychsyn_critval(x,anto=TRUE),20))
  md <- ok(mahad(x,plot=FALSE,flag=TRUE,confidence=.999)); o$mahad_d_sq <- md$d_sq; o$mahad_flag_999 <- md$flagged; if(!is.null(md$error)) o$mahad_error <- md$error
  o$mahad_note <- "psych::outlier: D2 from psych; column means, cov(use='pairwise'); missing deviations are taken as 0; cut = qchisq(.999, number of items)"
  cc <- complete.cases(x); o$mahad_complete_rows_stats <- {z <- x[cc,]; mahalanobis(z,colMeans(z),cov(z))}; o$complete_rows <- which(cc)
  m <- as.matrix(x); o$person_total_r <- sapply(seq_len(nrow(m)),function(i) suppressWarnings(cor(m[i,],colMeans(m[-i,],na.rm=TRUE),use="complete.obs"))); o$person_total_note <- "cor of the row with the item means of all other persons"
  save_json(o,name) }

# correlation tests
rtest_block <- function(name, ex){ o <- lapply(ex,function(a){ r <- quiet(do.call(psych::r.test,a))$v; list(inputs=a,result=lapply(unclass(r)[setdiff(names(r),"Call")],function(z) if(is.numeric(z)) unname(z) else as.character(z))) })
  pa <- lapply(ex[sapply(ex,function(a) all(c("r12","r13","r23")%in%names(a)) && !any(c("r34","r14")%in%names(a)))],function(a){ r <- psych::paired.r(xy=a$r12,xz=a$r13,yz=a$r23,n=a$n); list(inputs=a,t=r$t,p=r$p) })
  save_json(list(note="psych::r.test; three correlations = Williams' t (n-3 df); r12,r34 with r13,r14,r23,r24 = Steiger's z for two dependent correlations without a shared variable (pooled=TRUE) ; two independent = Fisher z. psych::paired.r with yz = Steiger/Williams t.",r_test=o,paired_r=pa),name) }

# agreement of coders and raters, norms
kappa_mod <- function(A,N){ I <- A/N; pc <- choose(N,A)*.5^N; list(A=A,N=N,I_CVI=I,pc=pc,kappa=(I-pc)/(1-pc)) }
agree_block <- function(kr, kr_name, sf, sf_name, ck, cvi, name){
  library(irr); o <- list(krippendorff_data=list(raters_in_rows=mat(kr),source=kr_name))
  o$krippendorff <- lapply(setNames(c("nominal","ordinal","interval","ratio"),c("nominal","ordinal","interval","ratio")),function(m){k <- kripp.alpha(kr,method=m); list(alpha=k$value,subjects=k$subjects,raters=k$raters,nmatchval=k$nmatchval,coincidence=mat(k$cm))})
  o$ICC_data <- list(subjects_in_rows=mat(sf),source=sf_name); I <- quiet(psych::ICC(sf,lmer=FALSE))$v; I2 <- quiet(psych::ICC(sf,lmer=TRUE))$v
  o$ICC_aov <- df_(I$results); o$ICC_lmer <- df_(I2$results); o$ICC_anova_table <- mat(I$summary[[1]][,1:5] |> as.matrix()) ; 
  o$irr_icc <- { z <- list(); for(m in c("oneway","twoway")) for(t in c("consistency","agreement")) for(u in c("single","average")) if(!(m=="oneway" && t=="agreement")){ q <- irr::icc(sf,model=m,type=t,unit=u); z[[paste(m,t,u)]] <- list(icc=q$value,F=q$Fvalue,df1=q$df1,df2=q$df2,p=q$p.value,lbound=q$lbound,ubound=q$ubound) }; z }
  k <- psych::cohen.kappa(ck$table,alpha=.05); W <- function(p){ K <- nrow(ck$table); abs(outer(1:K,1:K,"-"))^p/(K-1)^p }
  kw <- function(w){ P <- ck$table/sum(ck$table); E <- outer(rowSums(P),colSums(P)); 1-sum(w*P)/sum(w*E) }
  o$cohen_kappa <- list(table=mat(ck$table),source=ck$source,psych_unweighted=k$kappa,psych_quadratic_weighted=k$weighted.kappa,psych_confid=mat(k$confid),psych_var_kappa=k$var.kappa,psych_var_weighted=k$var.weighted,linear_formula=kw(W(1)),quadratic_formula=kw(W(2)),unweighted_formula=kw(1-diag(nrow(ck$table))))
  long <- do.call(rbind,lapply(seq_len(nrow(ck$table)),function(i) do.call(rbind,lapply(seq_len(ncol(ck$table)),function(j) if(ck$table[i,j]>0) cbind(rep(i,ck$table[i,j]),j) else NULL))))
  for(w in c("unweighted","equal","squared")){ q <- irr::kappa2(long,weight=w); o$cohen_kappa[[paste0("irr_kappa2_",w)]] <- list(kappa=q$value,z=q$statistic,p=q$p.value) }
  f <- t(kr); f <- f[complete.cases(f),]; o$fleiss_complete_units <- ok({q <- irr::kappam.fleiss(f); list(kappa=q$value,z=q$statistic,p=q$p.value,note="units rated by all raters only")})
  o$kendall_w <- ok({q <- irr::kendall(sf,correct=TRUE); list(W=q$value,chisq=q$statistic,p=q$p.value)})
  o$CVI <- list(ratings_1_to_4=mat(cvi),relevant_if=">= 3",items=setNames(lapply(seq_len(nrow(cvi)),function(i){v <- na.omit(cvi[i,]); kappa_mod(sum(v>=3),length(v))}),rownames(cvi)),S_CVI_Ave=mean(apply(cvi,1,function(v) mean(v>=3,na.rm=TRUE))),S_CVI_UA=mean(apply(cvi,1,function(v) all(v>=3,na.rm=TRUE))),
    modified_kappa_table=lapply(3:10,function(N) lapply(1:N,function(A) kappa_mod(A,N))),formula="pc = N!/(A!(N-A)!) .5^N ; kappa* = (I-CVI - pc)/(1-pc) (Polit, Beck & Owen 2007)",
    aiken_V=as.list(setNames(apply(cvi,1,function(v) (mean(v,na.rm=TRUE)-1)/3),rownames(cvi))), lawshe_CVR=as.list(setNames(apply(cvi,1,function(v){v <- na.omit(v); n <- length(v); (sum(v>=3)-n/2)/(n/2)}),rownames(cvi))))
  save_json(o,name) }
norm_block <- function(x, name, src, ref=NULL){
  n <- length(x); u <- sort(unique(x)); f <- sapply(u,function(v) sum(x==v)); below <- sapply(u,function(v) sum(x<v)); pr <- 100*(below+.5*f)/n; z <- (u-mean(x))/sd(x)
  st_cut <- c(4,11,23,40,60,77,89,96); stan <- function(p) 1L+findInterval(p,st_cut)   # p >= cut -> next
  zst <- pmin(9,pmax(1,floor(2*z+5+.5))); ten <- pmin(10,pmax(1,floor(2*z+5.5+.5)))
  tab <- data.frame(score=u,freq=f,cum_below=below,pr_mid=pr,pr_below=100*below/n,pr_at_or_below=100*(below+f)/n,z=z,T_linear=50+10*z,T_normalized=50+10*qnorm(pr/100),IQ15=100+15*z,stanine_from_pr=stan(pr),stanine_from_z=zst,sten_from_z=ten,z_population_sd=(u-mean(x))/(sd(x)*sqrt((n-1)/n)))
  ps <- c(.01,.05,.1,.2,.25,.27,1/3,.4,.5,.6,2/3,.73,.75,.8,.9,.95,.99)
  o <- list(x=x,source=src,n=n,mean=mean(x),sd=sd(x),table=tab,percentile_probs=ps,percentiles_by_R_type=setNames(lapply(1:9,function(t) as.numeric(quantile(x,ps,type=t))),paste0("type",1:9)),
   definitions=list(pr_mid="100*(number below + half of the number equal)/n",T_linear="50+10*(x-mean)/sd, sd with n-1",T_normalized="50+10*qnorm(pr_mid/100)",stanine_from_pr="1 + number of cut-offs (4,11,23,40,60,77,89,96) that are <= pr_mid",stanine_from_z="floor(2z+5.5) limited to 1..9 (half rounds up)",sten_from_z="floor(2z+6) limited to 1..10",percentile_types="R quantile types; 6 = SPSS/Minitab, 7 = R/Excel default, 2 = SAS default"),
   ci_of_mean=as.numeric(t.test(x)$conf.int), sd_ci=sqrt((n-1)*var(x)/qchisq(c(.975,.025),n-1)))
  save_json(o,name) }

data(bfi,package="psychTools"); ACE <- c(paste0("A",1:5),paste0("C",1:5),paste0("E",1:5))
rev_ <- function(d,i,m=7){ for(v in i) d[[v]] <- m-d[[v]]; d }
KEY <- c("A1","C4","C5","E1","E2")
br <- put_csv(bfi[1:1200,c(ACE,"gender","age")],"bfi_ace_raw_first1200.csv")

sect("agg",{ library(multilevel); data(bh1996); data(lq2002)
 q <- put_csv(bh1996[bh1996$GRP<=30,c("GRP","COHES","LEAD","HRS","WBEING")],"bh1996_groups1_30.csv"); l <- lq2002[lq2002$COMPID %in% sort(unique(lq2002$COMPID))[1:25],c("COMPID",sprintf("LEAD%02d",1:11))]; rownames(l) <- NULL
 l[c(3,40,77),"LEAD05"] <- NA; l <- put_csv(l,"lq2002_lead_25companies.csv"); LI <- sprintf("LEAD%02d",1:11); l$mean <- rowMeans(l[,LI])
 set.seed(42); rg <- ok({z <- rgr.agree(q$LEAD,q$GRP,2000); s <- summary(z); list(seed=42,nrangrps=2000,summary_N_AvgRandomVar_SDRandom_AvgRealVar_z=setNames(as.list(as.numeric(s[[1]])),colnames(s[[1]])))})
 save_json(list(data="bh1996_groups1_30.csv, lq2002_lead_25companies.csv",
  bh1996=list(rwg_WBEING_range1_5_ranvar2=df_(rwg(q$WBEING,q$GRP,ranvar=2)),rwg_COHES=df_(rwg(q$COHES,q$GRP,ranvar=2)),awg_LEAD=df_(awg(q$LEAD,q$GRP,range=c(1,5))),ad_mean_LEAD=df_(ad.m(q$LEAD,q$GRP)),ad_median_LEAD=df_(ad.m(q$LEAD,q$GRP,type="median")),
   icc=agg_icc(q,c("COHES","LEAD","HRS","WBEING"),"GRP"),mult_icc=ok(as.data.frame(mult.icc(q[,c("COHES","LEAD","HRS","WBEING")],q$GRP))),GmeanRel_LEAD=ok({m <- nlme::lme(LEAD~1,random=~1|GRP,data=q); g <- multilevel::gmeanrel(m); list(ICC=as.numeric(g$ICC),group=as.character(g$Group),gsize=as.numeric(g$GrpSize),MeanRel=as.numeric(g$MeanRel),mean=mean(g$MeanRel))}),rgr_agree_LEAD=rg),
  lq2002=list(note="3 cells set to missing; multilevel drops rows with any missing item (na.exclude)",rwg_j_uniform_ranvar2=df_(rwg.j(l[,LI],l$COMPID,ranvar=2)),rwg_j_slight_skew_ranvar1.34=df_(rwg.j(l[,LI],l$COMPID,ranvar=1.34)),rwg_j_lindell=df_(rwg.j.lindell(l[,LI],l$COMPID,ranvar=2)),awg_items=df_(awg(l[,LI],l$COMPID,range=c(1,5))),ad_mean_items=df_(ad.m(l[,LI],l$COMPID)),icc_scale_mean=agg_icc(l,"mean","COMPID"),rwg_single_LEAD01=df_(rwg(l$LEAD01,l$COMPID,ranvar=2))),
  summary_rule="mean/median over groups with na.rm; multilevel sets a group variance above ranvar to ranvar (so rwg = 0, never negative); groups of 1 give NA; (A^2-1)/12 = 2 for 5 categories"),"aggregation_agreement") })
{ sect("c1",{library(careless); cd <- put_csv(careless::careless_dataset,"careless_dataset.csv"); careless_block(cd,"careless_dataset.csv","careless_careless_dataset",names(cd),rep(5,10),crit=.5,anticrit=-.1)})
 sect("c2",careless_block(br,"bfi_ace_raw_first1200.csv","careless_bfi_ace_raw",ACE,c(5,5,5),crit=.3,anticrit=-.3)); sect("c3",{ k <- rev_(br,KEY); careless_block(k,"bfi_ace_raw_first1200.csv (A1,C4,C5,E1,E2 reversed 7-x first)","careless_bfi_ace_keyed",ACE,c(5,5,5),crit=.3,anticrit=-.01)}) }
sect("rt",rtest_block("correlation_tests",list(one=list(n=50,r12=.3),independent=list(n=30,r12=.4,r34=.6),independent_n2=list(n=30,r12=.4,r34=.6,n2=80),williams=list(n=103,r12=.4,r13=.6,r23=.5),steiger_shared=list(n=103,r12=.4,r13=.6,r23=.5),steiger_disjoint=list(n=103,r12=.5,r34=.6,r23=.5,r13=.7,r14=.5,r24=.8))))
sect("agree",{ kr <- matrix(c(1,1,NA,1,2,2,3,2,3,3,3,3,3,3,3,3,2,2,2,2,1,2,3,4,4,4,4,4,1,1,2,1,2,2,2,2,NA,5,5,5,NA,NA,1,1,NA,NA,3,NA),nrow=4); rownames(kr) <- paste0("coder",1:4)
 sf <- matrix(c(9,2,5,8,6,1,3,2,8,4,6,8,7,1,2,6,10,5,6,9,6,2,4,7),ncol=4,byrow=TRUE,dimnames=list(paste0("S",1:6),paste0("J",1:4)))
 ck <- list(table=matrix(c(44,5,1,7,20,3,9,5,6),ncol=3,byrow=TRUE),source="Cohen (1968) example as in ?psych::cohen.kappa (.44 .07 .09 / .05 .20 .05 / .01 .03 .06), times 100 and transposed; unweighted kappa .492")
 cvi <- rbind(i1=c(4,4,3,4,3,4),i2=c(4,3,4,2,4,3),i3=c(3,2,4,4,1,3),i4=c(4,4,4,4,4,4),i5=c(2,2,3,4,3,1),i6=c(1,2,2,3,2,2)); agree_block(kr,"Krippendorff (2011) 4 coders x 12 units: nominal .743, ordinal .815, interval .849",sf,"Shrout & Fleiss (1979): ICC .17 .29 .71 .44 .62 .91",ck,cvi,"agreement_coefficients") })
sect("norms",norm_block(c(12,15,15,18,20,21,21,21,23,24,25,25,26,26,26,27,28,28,29,30,30,31,31,32,33,33,34,35,35,36,37,38,40,41,44,45,48,50,52,57),"norms","fixed vector of 40 scores"))
writeLines(capture.output(sessionInfo()),"screening_and_agreement_session.txt")
