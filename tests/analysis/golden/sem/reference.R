# Reference results by lavaan 0.6-14, psych 2.2.9, semTools 0.5-6 (R 4.2.2). Run in this folder: Rscript reference.R
OUT <- "."; source("reference_lib.R")
D <- "holzinger_swineford.csv"
data(HolzingerSwineford1939); hs <- HolzingerSwineford1939
write.csv(hs, file.path(OUT,D), row.names=FALSE); hs <- read.csv(file.path(OUT,D))
hsm <- hs; X <- paste0("x",1:9)
for(j in 1:9) for(i in 1:nrow(hsm)) if((i*7+j*13) %% 17 == 0) hsm[i,X[j]] <- NA      # deterministic missingness
DM <- "holzinger_swineford_missing.csv"; write.csv(hsm, file.path(OUT,DM), row.names=FALSE, na=""); hsm <- read.csv(file.path(OUT,DM))
m3 <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
m1 <- "g =~ x1+x2+x3+x4+x5+x6+x7+x8+x9"
mso <- paste0(m3,"\ng =~ visual + textual + speed")
mbf <- "g =~ x1+x2+x3+x4+x5+x6+x7+x8+x9\nvisual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
mte <- "visual =~ a*x1 + a*x2 + a*x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\nx8 ~~ x7"
scales <- list(visual=X[1:3],textual=X[4:6],speed=X[7:9])
f <- save_fit("hs_cfa_ml",D,m3,"ML","cfa(model, data)",cfa(m3,hs),full=TRUE)
extra_mi <- list(data=D,model=m3,estimator="ML",top20=mi_(f,20), all=mi_(f,1000)); save_json(extra_mi,"hs_cfa_ml_modindices")
save_json(list(data=D,model=m3,regression=mat(head(lavPredict(f,method="regression"),301)),bartlett=mat(lavPredict(f,method="Bartlett"))),"hs_cfa_ml_factor_scores")
f_ml <- f
save_fit("hs_cfa_ml_stdlv",D,m3,"ML","cfa(model, data, std.lv=TRUE)",cfa(m3,hs,std.lv=TRUE))
save_fit("hs_cfa_ml_meanstructure",D,m3,"ML","cfa(model, data, meanstructure=TRUE)",cfa(m3,hs,meanstructure=TRUE))
save_fit("hs_cfa_mlr",D,m3,"MLR","cfa(model, data, estimator='MLR')",cfa(m3,hs,estimator="MLR"),full=TRUE)
save_fit("hs_cfa_mlm",D,m3,"MLM","cfa(model, data, estimator='MLM')",cfa(m3,hs,estimator="MLM"),full=TRUE)
save_fit("hs_cfa_uls",D,m3,"ULS","cfa(model, data, estimator='ULS')",cfa(m3,hs,estimator="ULS"))
save_fit("hs_cfa_gls",D,m3,"GLS","cfa(model, data, estimator='GLS')",cfa(m3,hs,estimator="GLS"))
save_fit("hs_cfa_fiml",DM,m3,"ML, missing='fiml'","cfa(model, data, missing='fiml')",cfa(m3,hsm,missing="fiml"),full=TRUE)
save_fit("hs_cfa_fiml_mlr",DM,m3,"MLR, missing='fiml'","cfa(model, data, estimator='MLR', missing='fiml')",cfa(m3,hsm,missing="fiml",estimator="MLR"),full=TRUE)
save_fit("hs_cfa_listwise_ml",DM,m3,"ML listwise","cfa(model, data)",cfa(m3,hsm))
save_fit("hs_onefactor_ml",D,m1,"ML","cfa(model, data)",cfa(m1,hs))
save_fit("hs_secondorder_ml",D,mso,"ML","cfa(model, data)",cfa(mso,hs)) -> fso
save_fit("hs_secondorder_mlr",D,mso,"MLR","cfa(model, data, estimator='MLR')",cfa(mso,hs,estimator="MLR"))
save_fit("hs_secondorder_ml_stdlv",D,mso,"ML","cfa(model, data, std.lv=TRUE)",cfa(mso,hs,std.lv=TRUE))
save_fit("hs_bifactor_ml",D,mbf,"ML","cfa(model, data, orthogonal=TRUE, std.lv=TRUE)",cfa(mbf,hs,orthogonal=TRUE,std.lv=TRUE)) -> fbf
save_fit("hs_bifactor_mlr",D,mbf,"MLR","cfa(model, data, orthogonal=TRUE, std.lv=TRUE, estimator='MLR')",cfa(mbf,hs,orthogonal=TRUE,std.lv=TRUE,estimator="MLR"))
save_fit("hs_equality_residcov_ml",D,mte,"ML","cfa(model, data)",cfa(mte,hs))
for(est in c("ML","MLR")){
  L <- list(configural=character(),metric="loadings",scalar=c("loadings","intercepts"),strict=c("loadings","intercepts","residuals")); F <- list()
  for(n in names(L)) F[[n]] <- save_fit(paste0("hs_invariance_school_",tolower(est),"_",n),D,m3,est,sprintf("cfa(model, data, group='school', estimator='%s', group.equal=c(%s))",est,paste0("'",L[[n]],"'",collapse=",")),
      if(length(L[[n]])) cfa(m3,hs,group="school",estimator=est,group.equal=L[[n]]) else cfa(m3,hs,group="school",estimator=est), full=(n%in%c("configural","scalar")))
  extra <- list(data=D,model=m3,estimator=est,group="school",group_order=lavInspect(F$configural,"group.label"),
     lrt_chain=lrt(F$configural,F$metric,F$scalar,F$strict))
  if(est=="MLR") extra$lrt_chain_satorra2000 <- lrt(F$configural,F$metric,F$scalar,F$strict,method="satorra.2000")
  extra$fits <- lapply(F,function(z) vec(fitMeasures(z)))
  extra$score_tests_scalar <- quiet({s <- lavTestScore(F$scalar); list(total=as.data.frame(unclass(s$test)),uni=as.data.frame(unclass(s$uni)))})$v
  save_json(extra,paste0("hs_invariance_school_",tolower(est),"_tests")) }
# nested difference test, one factor vs three factors
save_json(list(data=D,ML=lrt(cfa(m3,hs),cfa(m1,hs)),MLR=lrt(cfa(m3,hs,estimator="MLR"),cfa(m1,hs,estimator="MLR")),MLM=lrt(cfa(m3,hs,estimator="MLM"),cfa(m1,hs,estimator="MLM"))),"hs_nested_difference_tests")
# reliability
al <- function(d){ a <- quiet(psych::alpha(d,check.keys=FALSE))$v; list(total=as.list(a$total),feldt=if(!is.null(a$feldt)) lapply(a$feldt,function(z) if(is.list(z)) unlist(z) else z) else NULL, alpha_drop=df_(a$alpha.drop),item_stats=df_(a$item.stats)) }
rel <- list(data=D,model=m3,
  semTools_reliability=mat(quiet(semTools::reliability(f_ml))$v),
  semTools_compRelSEM_omega=vec(quiet(compRelSEM(f_ml))$v), semTools_compRelSEM_tau_eq_alpha=vec(quiet(compRelSEM(f_ml,tau.eq=TRUE))$v),
  semTools_compRelSEM_obsvar_false=vec(quiet(compRelSEM(f_ml,obs.var=FALSE))$v),
  semTools_AVE=vec(quiet(AVE(f_ml))$v), semTools_total=quiet(compRelSEM(f_ml,return.total=TRUE))$v,
  second_order=list(reliabilityL2=vec(quiet(reliabilityL2(fso,"g"))$v), compRelSEM_higher=vec(quiet(compRelSEM(fso,higher="g"))$v)),
  bifactor=list(reliability=quiet(mat(semTools::reliability(fbf)))$v, compRelSEM=vec(quiet(compRelSEM(fbf))$v)),
  psych_alpha=c(lapply(scales,function(s) al(hs[,s])),list(all9=al(hs[,X]))),
  psych_omega_total_1f=lapply(c(scales,list(all9=X)),function(s){o <- quiet(psych::omega(hs[,s],nfactors=1,plot=FALSE,fm="ml"))$v; list(omega_tot=o$omega.tot,alpha=o$alpha,G6=o$G6)}))
o <- quiet(psych::omega(hs[,X],nfactors=3,fm="ml",rotate="oblimin",plot=FALSE))$v
rel$psych_omega_3f_ml <- list(omega_h=o$omega_h,omega_lim=o$omega.lim,alpha=o$alpha,omega_tot=o$omega.tot,G6=o$G6,schmid_loadings=mat(o$schmid$sl),omega_group=df_(o$omega.group))
rel$guttman <- quiet({g <- psych::splitHalf(hs[,X]); list(maxrb=g$maxrb,minrb=g$minrb,lambda6=g$lambda6,alpha=g$alpha,meanr=g$meanr)})$v
rel$htmt <- mat(quiet(htmt(m3,hs))$v); rel$htmt2 <- mat(quiet(htmt(m3,hs,htmt2=TRUE))$v); rel$latent_correlations <- mat(lavInspect(f_ml,"cor.lv"))
rel$item_total <- df_(quiet(psych::alpha(hs[,X]))$v$item.stats)
save_json(rel,"hs_reliability_validity")
# ---- ordinal
A <- c(paste0("A",1:5),paste0("C",1:5)); data(bfi,package="psychTools"); b <- bfi[complete.cases(bfi[,c(A,"gender")]),c(A,"gender")]
DB <- "bfi_agree_consc.csv"; write.csv(b,file.path(OUT,DB),row.names=FALSE); b <- read.csv(file.path(OUT,DB))
mo <- "agree =~ A1 + A2 + A3 + A4 + A5\nconsc =~ C1 + C2 + C3 + C4 + C5"
mob <- "g =~ A1 + A2 + A3 + A4 + A5 + C1 + C2 + C3 + C4 + C5"
pc <- lavCor(b[,A],ordered=A,output="cor"); fsat <- lavCor(b[,A],ordered=A,output="fit",se="standard")
pp <- quiet(psych::polychoric(b[,A]))$v; pp0 <- quiet(psych::polychoric(b[,A],correct=0))$v
save_json(list(data=DB,items=A,n=nrow(b),lavCor_polychoric=mat(pc),lavCor_thresholds=vec(lavInspect(fsat,"th")),lavCor_params=params(fsat),
   psych_polychoric_correct_default=mat(pp$rho),psych_polychoric_correct0=mat(pp0$rho),psych_tau=mat(pp$tau),pearson=mat(cor(b[,A])),spearman=mat(cor(b[,A],method="spearman"))),"bfi_polychoric")
fw <- save_fit("bfi_2f_wlsmv",DB,mo,"WLSMV","cfa(model, data, ordered=TRUE, estimator='WLSMV')",cfa(mo,b,ordered=A,estimator="WLSMV"),full=TRUE)
g <- lavInspect(fw,"gamma"); wv <- lavInspect(fw,"WLS.V")
save_json(list(data=DB,model=mo,note="asymptotic covariance (NACOV, times N) of c(thresholds, polychorics); order = rows; WLS.V diagonal = DWLS weights",wls_obs=vec(lavInspect(fw,"WLS.obs")),gamma=mat(g),wls_v_diag=diag(as.matrix(wv))),"bfi_2f_wlsmv_gamma")
save_json(list(data=DB,model=mo,estimator="WLSMV",top20=mi_(fw,20)),"bfi_2f_wlsmv_modindices")
save_fit("bfi_2f_wlsmv_theta",DB,mo,"WLSMV theta","cfa(model, data, ordered=TRUE, estimator='WLSMV', parameterization='theta')",cfa(mo,b,ordered=A,estimator="WLSMV",parameterization="theta"))
save_fit("bfi_2f_wlsmv_stdlv",DB,mo,"WLSMV","cfa(model, data, ordered=TRUE, estimator='WLSMV', std.lv=TRUE)",cfa(mo,b,ordered=A,estimator="WLSMV",std.lv=TRUE))
save_fit("bfi_2f_ulsmv",DB,mo,"ULSMV","cfa(model, data, ordered=TRUE, estimator='ULSMV')",cfa(mo,b,ordered=A,estimator="ULSMV"))
save_fit("bfi_2f_dwls",DB,mo,"DWLS","cfa(model, data, ordered=TRUE, estimator='DWLS')",cfa(mo,b,ordered=A,estimator="DWLS"))
save_fit("bfi_2f_wlsm",DB,mo,"WLSM","cfa(model, data, ordered=TRUE, estimator='WLSM')",cfa(mo,b,ordered=A,estimator="WLSM"))
save_fit("bfi_2f_wls",DB,mo,"WLS","cfa(model, data, ordered=TRUE, estimator='WLS')",cfa(mo,b,ordered=A,estimator="WLS"))
save_fit("bfi_1f_wlsmv",DB,mob,"WLSMV","cfa(model, data, ordered=TRUE, estimator='WLSMV')",cfa(mob,b,ordered=A,estimator="WLSMV")) -> fw1
save_fit("bfi_2f_ml",DB,mo,"ML","cfa(model, data)",cfa(mo,b)); save_fit("bfi_2f_mlr",DB,mo,"MLR","cfa(model, data, estimator='MLR')",cfa(mo,b,estimator="MLR")); save_fit("bfi_2f_mlm",DB,mo,"MLM","cfa(model, data, estimator='MLM')",cfa(mo,b,estimator="MLM"))
save_json(list(data=DB,WLSMV_1f_vs_2f=lrt(fw,fw1)),"bfi_nested_difference_wlsmv")
L <- list(configural=character(),loadings="loadings",thresholds_loadings=c("thresholds","loadings")); F <- list()
for(n in names(L)) F[[n]] <- save_fit(paste0("bfi_invariance_gender_wlsmv_",n),DB,mo,"WLSMV",sprintf("cfa(model, data, group='gender', ordered=TRUE, estimator='WLSMV', group.equal=c(%s))",paste0("'",L[[n]],"'",collapse=",")),
   if(length(L[[n]])) cfa(mo,b,group="gender",ordered=A,estimator="WLSMV",group.equal=L[[n]]) else cfa(mo,b,group="gender",ordered=A,estimator="WLSMV"),full=(n=="thresholds_loadings"))
save_json(list(data=DB,group_order=lavInspect(F[[1]],"group.label"),lrt_chain=lrt(F[[1]],F[[2]],F[[3]]),fits=lapply(F,function(z) vec(fitMeasures(z)))),"bfi_invariance_gender_wlsmv_tests")
# Wu & Estabrook (2016) identification through semTools::measEq.syntax
W <- list(configural="",thresholds="thresholds",thresholds_loadings=c("thresholds","loadings"),thresholds_loadings_intercepts=c("thresholds","loadings","intercepts")); FW <- list()
for(n in names(W)){ q <- quiet(measEq.syntax(configural.model=mo,data=b,ordered=A,parameterization="theta",ID.fac="std.lv",ID.cat="Wu.Estabrook.2016",group="gender",group.equal=W[[n]]))
  if(inherits(q$v,"ERR")){cat(n,q$v$error,"\n"); next}; syn <- as.character(q$v)
  FW[[n]] <- save_fit(paste0("bfi_invariance_gender_wuestabrook_",n),DB,syn,"WLSMV theta","lavaan::cfa(as.character(semTools::measEq.syntax(..., ID.fac='std.lv', ID.cat='Wu.Estabrook.2016', parameterization='theta')), data, group='gender', ordered=TRUE, estimator='WLSMV', parameterization='theta')",
     cfa(syn,b,group="gender",ordered=A,estimator="WLSMV",parameterization="theta")) }
if(length(FW)==4) save_json(list(data=DB,lrt_chain=lrt(FW[[1]],FW[[2]],FW[[3]],FW[[4]])),"bfi_invariance_gender_wuestabrook_tests")
bk <- b; bk$A1 <- 7-bk$A1; bk$C4 <- 7-bk$C4; bk$C5 <- 7-bk$C5
pk <- lavCor(bk[,A],ordered=A,output="cor"); fk <- cfa(mo,bk,ordered=A,estimator="WLSMV"); fkml <- cfa(mo,bk,estimator="MLR")
save_json(list(data=DB,note="A1, C4, C5 reversed (7-x) before these",model=mo,polychoric_reversed=mat(pk),
  ordinal_alpha=list(agree=psych::alpha(pk[1:5,1:5])$total$raw_alpha,consc=psych::alpha(pk[6:10,6:10])$total$raw_alpha),
  raw_alpha=list(agree=al(bk[,A[1:5]]),consc=al(bk[,A[6:10]])),
  semTools_reliability_wlsmv=mat(quiet(semTools::reliability(fk))$v), compRelSEM_wlsmv_ordscale=vec(quiet(compRelSEM(fk,ord.scale=TRUE))$v), compRelSEM_wlsmv_latentscale=vec(quiet(compRelSEM(fk,ord.scale=FALSE))$v),
  compRelSEM_wlsmv_tau_eq=vec(quiet(compRelSEM(fk,tau.eq=TRUE,ord.scale=TRUE))$v), compRelSEM_wlsmv_tau_eq_latent=vec(quiet(compRelSEM(fk,tau.eq=TRUE,ord.scale=FALSE))$v), AVE_wlsmv=vec(quiet(AVE(fk))$v),
  compRelSEM_mlr=vec(quiet(compRelSEM(fkml))$v), AVE_mlr=vec(quiet(AVE(fkml))$v), htmt=mat(quiet(htmt(mo,bk))$v), htmt_ordered=mat(quiet(htmt(mo,bk,ordered=A))$v)),"bfi_reliability_validity")
# ---- ordinal bifactor (S-1), and an ordinal version of Holzinger-Swineford (4 categories, small n): second order and pairwise missing
mbs <- "g =~ A1 + A2 + A3 + A4 + A5 + C1 + C2 + C3 + C4 + C5\nsA =~ A1 + A2 + A3 + A4 + A5"
save_fit("bfi_bifactor_s1_ml",DB,mbs,"ML","cfa(model, data, orthogonal=TRUE, std.lv=TRUE)",cfa(mbs,b,orthogonal=TRUE,std.lv=TRUE))
save_fit("bfi_bifactor_s1_mlr",DB,mbs,"MLR","cfa(model, data, orthogonal=TRUE, std.lv=TRUE, estimator='MLR')",cfa(mbs,b,orthogonal=TRUE,std.lv=TRUE,estimator="MLR"))
save_fit("bfi_bifactor_s1_wlsmv",DB,mbs,"WLSMV","cfa(model, data, orthogonal=TRUE, std.lv=TRUE, ordered=TRUE, estimator='WLSMV')",cfa(mbs,b,orthogonal=TRUE,std.lv=TRUE,ordered=A,estimator="WLSMV"))
ho <- hs; for(x in X){ q <- c(-Inf,quantile(hs[,x],c(.15,.45,.8)),Inf); ho[,x] <- as.integer(cut(hs[,x],unique(q))) }
DO <- "hs_ordinal4.csv"; write.csv(ho,file.path(OUT,DO),row.names=FALSE); ho <- read.csv(file.path(OUT,DO))
hom <- ho; hom[,X][is.na(hsm[,X])] <- NA; DOM <- "hs_ordinal4_missing.csv"; write.csv(hom,file.path(OUT,DOM),row.names=FALSE,na=""); hom <- read.csv(file.path(OUT,DOM))
save_fit("hs_ordinal_3f_wlsmv",DO,m3,"WLSMV","cfa(model, data, ordered=TRUE, estimator='WLSMV')",cfa(m3,ho,ordered=X,estimator="WLSMV"),full=TRUE)
save_fit("hs_ordinal_3f_ulsmv",DO,m3,"ULSMV","cfa(model, data, ordered=TRUE, estimator='ULSMV')",cfa(m3,ho,ordered=X,estimator="ULSMV"))
save_fit("hs_ordinal_secondorder_wlsmv",DO,mso,"WLSMV","cfa(model, data, ordered=TRUE, estimator='WLSMV')",cfa(mso,ho,ordered=X,estimator="WLSMV"))
save_fit("hs_ordinal_3f_wlsmv_pairwise",DOM,m3,"WLSMV, missing='pairwise'","cfa(model, data, ordered=TRUE, estimator='WLSMV', missing='pairwise')",cfa(m3,hom,ordered=X,estimator="WLSMV",missing="pairwise"),full=TRUE)
save_fit("hs_ordinal_3f_wlsmv_listwise",DOM,m3,"WLSMV, listwise","cfa(model, data, ordered=TRUE, estimator='WLSMV')",cfa(m3,hom,ordered=X,estimator="WLSMV"))
# FIML with groups
save_fit("hs_fiml_school_configural",DM,m3,"ML, missing='fiml'","cfa(model, data, group='school', missing='fiml')",cfa(m3,hsm,group="school",missing="fiml"))
save_fit("hs_fiml_school_scalar",DM,m3,"ML, missing='fiml'","cfa(model, data, group='school', missing='fiml', group.equal=c('loadings','intercepts'))",cfa(m3,hsm,group="school",missing="fiml",group.equal=c("loadings","intercepts")))
# ---- EFA
efa <- function(d,k,nm,file){ R <- cor(d); km <- psych::KMO(R); cb <- cortest.bartlett(R,n=nrow(d)); o <- list(data=file,n=nrow(d),factors=k,correlation=mat(R),KMO=list(MSA=km$MSA,MSAi=vec(km$MSAi)),bartlett=list(chisq=cb$chisq,df=cb$df,p=cb$p.value),eigenvalues=eigen(R)$values)
 for(fm in c("ml","minres","pa")) for(ro in c("none","varimax","oblimin","promax")){ q <- quiet(psych::fa(d,nfactors=k,fm=fm,rotate=ro))$v; if(inherits(q,"ERR")) next
   o[[paste(fm,ro,sep="_")]] <- list(loadings=mat(q$loadings),phi=if(is.null(q$Phi)) NULL else mat(q$Phi),structure=if(is.null(q$Structure)) NULL else mat(q$Structure),communalities=vec(q$communality),uniquenesses=vec(q$uniquenesses),complexity=vec(q$complexity),vaccounted=mat(q$Vaccounted),chisq=q$STATISTIC,df=q$dof,p=q$PVAL,rmsea=as.list(q$RMSEA),tli=q$TLI,bic=q$BIC,objective=q$objective,rms=q$rms) }
 set.seed(20240501); pa <- quiet(psych::fa.parallel(d,fm="minres",fa="both",n.iter=100,plot=FALSE))$v
 o$parallel_seed_20240501_100iter <- list(fa_values=pa$fa.values,fa_sim=pa$fa.sim,fa_simr=pa$fa.simr,pc_values=pa$pc.values,pc_sim=pa$pc.sim,pc_simr=pa$pc.simr,nfact=pa$nfact,ncomp=pa$ncomp,note="simulated/resampled eigenvalues depend on R's RNG: compare within Monte Carlo error (about 0.02)")
 v <- quiet(psych::vss(d,n=min(8,ncol(d)-1),plot=FALSE,fm="minres",rotate="oblimin"))$v; if(!inherits(v,"ERR")) o$vss <- list(MAP=v$map,vss1=v$cfit.1,vss2=v$cfit.2)
 save_json(o,nm) }
efa(hs[,X],3,"hs_efa",D); efa(b[,A],2,"bfi_efa",DB)
cat("DONE\n")
