# Reference results for continuous variables: ML, MLM, MLR, FIML, GLS, ULS; groups, constraints, paths, differences.
# Rscript normal_reference.R   in this folder. Needs lavaan 0.6-14, psych, psychTools, semTools, GPArotation, jsonlite.
# Data: Holzinger & Swineford (1939), PoliticalDemocracy (Bollen, 1989) and Demo.growth come with lavaan (GPL >= 2);
# bfi comes with psychTools (GPL >= 2; SAPA project items of the public-domain IPIP).
OUT <- "."
suppressMessages({library(lavaan);library(psych);library(psychTools);library(semTools);library(jsonlite);library(GPArotation)})
VERS <- list(R=R.version.string, lavaan=as.character(packageVersion("lavaan")), psych=as.character(packageVersion("psych")),
             semTools=as.character(packageVersion("semTools")), psychTools=as.character(packageVersion("psychTools")),
             GPArotation=as.character(packageVersion("GPArotation")))
quiet <- function(expr){ w <- character(); v <- tryCatch(withCallingHandlers(expr,
   warning=function(c){w <<- c(w, conditionMessage(c)); invokeRestart("muffleWarning")},
   message=function(c) invokeRestart("muffleMessage")), error=function(e) structure(list(error=conditionMessage(e)),class="ERR")); list(v=v,w=w)}
mat <- function(m){ m <- as.matrix(unclass(m)); class(m)<-"matrix"; attributes(m) <- list(dim=dim(m), dimnames=dimnames(m))
  list(rows=if(is.null(rownames(m))) seq_len(nrow(m)) else rownames(m), cols=if(is.null(colnames(m))) seq_len(ncol(m)) else colnames(m), values=unname(m)) }
vec <- function(v){ n <- names(v); v <- as.numeric(v); as.list(setNames(v,n)) }
df_ <- function(d){ d <- as.data.frame(unclass(d)); rn <- rownames(d); for(n in names(d)) if(inherits(d[[n]],"lavaan.vector")) d[[n]]<-as.numeric(d[[n]]); d <- cbind(row=rn,d); d }
save_json <- function(x, name){ x$versions <- VERS; write(toJSON(x, digits=NA, auto_unbox=TRUE, na="null", null="null", matrix="rowmajor", dataframe="rows", pretty=TRUE), file.path(OUT, paste0(name,".json"))); cat("wrote",name,"\n") }
params <- function(fit){
  pe <- as.data.frame(parameterEstimates(fit, standardized=TRUE, remove.eq=TRUE, remove.system.eq=TRUE, rsquare=FALSE))
  ss <- as.data.frame(standardizedSolution(fit))
  key <- function(d) paste(d$lhs,d$op,d$rhs,if(is.null(d$group)) 1 else d$group, if(is.null(d$block)) 1 else d$block)
  if(is.null(pe$group)) pe$group <- 1L
  if(is.null(ss$group)) ss$group <- 1L
  k <- match(paste(pe$lhs,pe$op,pe$rhs,pe$group), paste(ss$lhs,ss$op,ss$rhs,ss$group))
  out <- data.frame(lhs=pe$lhs,op=pe$op,rhs=pe$rhs,group=pe$group,label=if(is.null(pe$label)) "" else pe$label,
    est=pe$est,se=pe$se,z=pe$z,p=pe$pvalue,ci_lower=pe$ci.lower,ci_upper=pe$ci.upper,std_lv=pe$std.lv,std_all=pe$std.all,
    std_all_se=ss$se[k], std_all_z=ss$z[k])
  out }
tests <- function(fit){ t <- lavInspect(fit,"test"); lapply(t, function(x) list(test=x$test,stat=as.numeric(x$stat),df=x$df,pvalue=as.numeric(x$pvalue),
    scaling_factor=if(is.null(x$scaling.factor)) NULL else as.numeric(x$scaling.factor), shift_parameter=if(is.null(x$shift.parameter)) NULL else as.numeric(x$shift.parameter),
    trace_UGamma=if(is.null(x$trace.UGamma)) NULL else as.numeric(x$trace.UGamma), stat_group=as.numeric(x$stat.group), label=x$label)) }
fit_block <- function(fit, full=FALSE){
  o <- lavInspect(fit,"options")
  opt <- o[c("estimator","se","test","missing","information","observed.information","likelihood","meanstructure","std.lv","orthogonal","parameterization","fixed.x","group.equal","auto.fix.first","bounds")]
  fm <- quiet(fitMeasures(fit)); 
  r <- list(converged=lavInspect(fit,"converged"), post_check=quiet(lavInspect(fit,"post.check"))$v, iterations=lavInspect(fit,"iterations"), n_free=as.integer(fitMeasures(fit,"npar")), nobs=lavInspect(fit,"nobs"), ntotal=lavInspect(fit,"ntotal"),
     options=opt, fit=if(inherits(fm$v,"ERR")) fm$v else vec(fm$v), tests=tests(fit), parameters=params(fit))
  if(full){
    imp <- fitted(fit); 
    conv <- function(z){ if(is.list(z)){ z <- unclass(z); z <- z[!vapply(z,is.character,TRUE)]; lapply(z, conv) } else if(is.matrix(z)) mat(z) else vec(z) }
    r$sample_stats <- conv(lavInspect(fit,"sampstat")); r$implied <- conv(imp)
    r$residuals <- list(raw=conv(quiet(residuals(fit,type="raw"))$v))
    for(ty in c("cor.bollen","normalized","standardized")){ z <- quiet(residuals(fit,type=ty))$v; if(!inherits(z,"ERR")) r$residuals[[ty]] <- conv(z) }
    r$vcov_free_parameters <- mat(vcov(fit))
  }
  r }
save_fit <- function(name, data, model, estimator, call, expr, full=FALSE, extra=list()){
  tm <- system.time(q <- quiet(expr))["elapsed"]
  if(inherits(q$v,"ERR")){ save_json(list(name=name,data=data,model=model,estimator=estimator,call=call,error=q$v$error,warnings=q$w),name); return(NULL) }
  b <- quiet(fit_block(q$v, full)); if(inherits(b$v,"ERR")) cat("  block ERR", b$v$error,"\n")
  save_json(c(list(name=name,data=data,model=model,estimator=estimator,call=call),if(inherits(b$v,"ERR")) list(converged=lavInspect(q$v,"converged"),error=b$v$error) else b$v,list(warnings=c(q$w,b$w)),extra),name)
  invisible(q$v) }
lrt <- function(..., method="default"){ q <- quiet(lavTestLRT(..., method=method)); if(inherits(q$v,"ERR")) return(q$v); list(method=method, heading=attr(q$v,"heading"), warnings=q$w, table=df_(q$v)) }
mi_ <- function(fit, n=20){ m <- quiet(modindices(fit, sort.=TRUE, maximum.number=n))$v; if(inherits(m,"ERR")) m else as.data.frame(unclass(m)) }
D <- "holzinger_swineford.csv"
data(HolzingerSwineford1939); hs <- HolzingerSwineford1939
write.csv(hs, D, row.names=FALSE); hs <- read.csv(D)
hsm <- hs; X <- paste0("x",1:9)
for(j in 1:9) for(i in 1:nrow(hsm)) if((i*7+j*13) %% 17 == 0) hsm[i,X[j]] <- NA      # deterministic missingness
DM <- "holzinger_swineford_missing.csv"; write.csv(hsm, DM, row.names=FALSE, na=""); hsm <- read.csv(DM)
m3 <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
m1 <- "g =~ x1+x2+x3+x4+x5+x6+x7+x8+x9"
mso <- paste0(m3,"\ng =~ visual + textual + speed")
mbf <- "g =~ x1+x2+x3+x4+x5+x6+x7+x8+x9\nvisual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
mte <- "visual =~ a*x1 + a*x2 + a*x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\nx8 ~~ x7"
scales <- list(visual=X[1:3],textual=X[4:6],speed=X[7:9])
f <- save_fit("hs_cfa_ml",D,m3,"ML","cfa(model, data)",cfa(m3,hs),full=TRUE)
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
A <- c(paste0("A",1:5),paste0("C",1:5)); DB <- "bfi_agree_consc.csv"; b <- read.csv(DB)
mo <- "agree =~ A1 + A2 + A3 + A4 + A5\nconsc =~ C1 + C2 + C3 + C4 + C5"
save_fit("bfi_2f_ml",DB,mo,"ML","cfa(model, data)",cfa(mo,b)); save_fit("bfi_2f_mlr",DB,mo,"MLR","cfa(model, data, estimator='MLR')",cfa(mo,b,estimator="MLR")); save_fit("bfi_2f_mlm",DB,mo,"MLM","cfa(model, data, estimator='MLM')",cfa(mo,b,estimator="MLM"))
mbs <- "g =~ A1 + A2 + A3 + A4 + A5 + C1 + C2 + C3 + C4 + C5\nsA =~ A1 + A2 + A3 + A4 + A5"
save_fit("bfi_bifactor_s1_ml",DB,mbs,"ML","cfa(model, data, orthogonal=TRUE, std.lv=TRUE)",cfa(mbs,b,orthogonal=TRUE,std.lv=TRUE))
save_fit("bfi_bifactor_s1_mlr",DB,mbs,"MLR","cfa(model, data, orthogonal=TRUE, std.lv=TRUE, estimator='MLR')",cfa(mbs,b,orthogonal=TRUE,std.lv=TRUE,estimator="MLR"))
# FIML with groups
save_fit("hs_fiml_school_configural",DM,m3,"ML, missing='fiml'","cfa(model, data, group='school', missing='fiml')",cfa(m3,hsm,group="school",missing="fiml"))
save_fit("hs_fiml_school_scalar",DM,m3,"ML, missing='fiml'","cfa(model, data, group='school', missing='fiml', group.equal=c('loadings','intercepts'))",cfa(m3,hsm,group="school",missing="fiml",group.equal=c("loadings","intercepts")))
# ---- paths, covariates, growth, constraints, three and four groups, small samples
data(PoliticalDemocracy); write.csv(PoliticalDemocracy,"political_democracy.csv",row.names=FALSE); pd <- read.csv("political_democracy.csv")
data(Demo.growth); write.csv(Demo.growth,"demo_growth.csv",row.names=FALSE); dg <- read.csv("demo_growth.csv")
hs <- read.csv("holzinger_swineford.csv"); hsm <- read.csv("holzinger_swineford_missing.csv")
b <- read.csv("bfi_agree_consc.csv")
mpd <- "ind60 =~ x1 + x2 + x3\ndem60 =~ y1 + a*y2 + b*y3 + c*y4\ndem65 =~ y5 + a*y6 + b*y7 + c*y8\ndem60 ~ ind60\ndem65 ~ ind60 + dem60\ny1 ~~ y5\ny2 ~~ y4 + y6\ny3 ~~ y7\ny4 ~~ y8\ny6 ~~ y8"
mpd2 <- "ind60 =~ x1 + x2 + x3\ndem60 =~ y1 + y2 + y3 + y4\ndem65 =~ y5 + y6 + y7 + y8\ndem60 ~ p*ind60\ndem65 ~ q*ind60 + r*dem60\nind := p*r\ntot := q + p*r\nprop := ind/tot"
D<-"political_democracy.csv"
save_fit("sem_pd_ml",D,mpd,"ML","sem(model, data)",sem(mpd,pd),full=TRUE)
save_fit("sem_pd_mlr",D,mpd,"MLR","sem(model, data, estimator='MLR')",sem(mpd,pd,estimator="MLR"))
save_fit("sem_pd_mlm",D,mpd,"MLM","sem(model, data, estimator='MLM')",sem(mpd,pd,estimator="MLM"))
save_fit("sem_pd_mediation_ml",D,mpd2,"ML","sem(model, data)",sem(mpd2,pd))
save_fit("sem_pd_mediation_gls",D,mpd2,"GLS","sem(model, data, estimator='GLS')",sem(mpd2,pd,estimator="GLS"))
# growth as plain sem with explicit intercepts
mg <- "i =~ 1*t1 + 1*t2 + 1*t3 + 1*t4\ns =~ 0*t1 + 1*t2 + 2*t3 + 3*t4\ni ~ x1 + x2\ns ~ x1 + x2\nt1 ~ c1\nt2 ~ c2\nt3 ~ c3\nt4 ~ c4\nt1 + t2 + t3 + t4 ~ 0*1\ni + s ~ 1"
save_fit("sem_growth_ml","demo_growth.csv",mg,"ML","sem(model, data)",sem(mg,dg),full=TRUE)
save_fit("sem_growth_mlr","demo_growth.csv",mg,"MLR","sem(model, data, estimator='MLR')",sem(mg,dg,estimator="MLR"))
save_fit("sem_growth_mlm","demo_growth.csv",mg,"MLM","sem(model, data, estimator='MLM')",sem(mg,dg,estimator="MLM"))
# path model with observed only
mp <- "x4 ~ a*x1 + x2\nx7 ~ b*x4 + c*x1\nx9 ~ x7 + x4\nab := a*b\ntotal := c + ab"
save_fit("sem_path_ml","holzinger_swineford.csv",mp,"ML","sem(model, data)",sem(mp,hs),full=TRUE)
save_fit("sem_path_mlr","holzinger_swineford.csv",mp,"MLR","sem(model, data, estimator='MLR', meanstructure=TRUE)",sem(mp,hs,estimator="MLR",meanstructure=TRUE))
save_fit("sem_path_mlm","holzinger_swineford.csv",mp,"MLM","sem(model, data, estimator='MLM')",sem(mp,hs,estimator="MLM"))
save_fit("sem_path_gls","holzinger_swineford.csv",mp,"GLS","sem(model, data, estimator='GLS')",sem(mp,hs,estimator="GLS"))
save_fit("sem_path_uls","holzinger_swineford.csv",mp,"ULS","sem(model, data, estimator='ULS')",sem(mp,hs,estimator="ULS"))
mpg <- "x4 ~ x1 + x2\nx7 ~ x4 + x1\nx9 ~ x7 + x4"
save_fit("sem_path_group_ml","holzinger_swineford.csv",mpg,"ML","sem(model, data, group='school')",sem(mpg,hs,group="school"))
# MIMIC with covariates
mm <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nvisual ~ ageyr + sex\ntextual ~ ageyr + sex + visual\nx3 ~ sex"
save_fit("sem_mimic_ml","holzinger_swineford.csv",mm,"ML","sem(model, data)",sem(mm,hs),full=TRUE)
save_fit("sem_mimic_mlr","holzinger_swineford.csv",mm,"MLR","sem(model, data, estimator='MLR')",sem(mm,hs,estimator="MLR"))
save_fit("sem_mimic_fiml","holzinger_swineford_missing.csv",mm,"ML","sem(model, data, missing='fiml')",sem(mm,hsm,missing="fiml"))
save_fit("sem_mimic_fiml_mlr","holzinger_swineford_missing.csv",mm,"MLR","sem(model, data, missing='fiml', estimator='MLR')",sem(mm,hsm,missing="fiml",estimator="MLR"))
hsm2 <- hsm; hsm2$ageyr[seq(3,300,11)] <- NA; write.csv(hsm2,"hs_missing_covariate.csv",row.names=FALSE,na=""); hsm2 <- read.csv("hs_missing_covariate.csv")
save_fit("sem_mimic_missx_fiml","hs_missing_covariate.csv",mm,"ML","sem(model, data, missing='fiml')",sem(mm,hsm2,missing="fiml"))
# small sample, three groups
m3 <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
hs3 <- hs; hs3$g3 <- c("b","a","c")[(seq_len(nrow(hs))*7) %% 3 + 1]; write.csv(hs3,"hs_three_groups.csv",row.names=FALSE); hs3<-read.csv("hs_three_groups.csv")
for(est in c("ML","MLR","MLM","GLS","ULS")) save_fit(paste0("sem_three_groups_",tolower(est)),"hs_three_groups.csv",m3,est,"cfa(group='g3', group.equal=c('loadings','intercepts'))",cfa(m3,hs3,group="g3",estimator=est,group.equal=c("loadings","intercepts")))
save_fit("sem_three_groups_stdlv","hs_three_groups.csv",m3,"ML","cfa(group='g3', std.lv=TRUE, group.equal=c('loadings','intercepts','residuals','lv.covariances'))",cfa(m3,hs3,group="g3",std.lv=TRUE,group.equal=c("loadings","intercepts","residuals","lv.covariances")))
save_fit("sem_three_groups_all","hs_three_groups.csv",m3,"ML","cfa(group='g3', group.equal=c('loadings','intercepts','means','residuals','lv.variances','lv.covariances'))",cfa(m3,hs3,group="g3",group.equal=c("loadings","intercepts","means","residuals","lv.variances","lv.covariances")))
save_fit("sem_three_groups_partial","hs_three_groups.csv",m3,"MLR","cfa(group='g3', group.equal=c('loadings','intercepts'), group.partial=c('visual=~x2','x3~1'))",cfa(m3,hs3,group="g3",estimator="MLR",group.equal=c("loadings","intercepts"),group.partial=c("visual=~x2","x3~1")))
mgl <- "visual =~ x1 + c(a,a)*x2 + c(0.7,NA)*x3\ntextual =~ x4 + c(b1,b2)*x5 + c(b1,b3)*x6\nvisual ~ c(r,r)*textual\nd := b1 - b3\nx1 ~~ c(0.3,0.4)*x2"
save_fit("sem_group_modifiers","holzinger_swineford.csv",mgl,"ML","sem(group='school')",sem(mgl,hs,group="school"))
set.seed(1); small <- hs[c(1:20,170:189),]; write.csv(small,"hs_small.csv",row.names=FALSE); small<-read.csv("hs_small.csv")
for(est in c("ML","MLR","MLM")) save_fit(paste0("sem_small_",tolower(est)),"hs_small.csv",m3,est,"cfa(model,data)",cfa(m3,small,estimator=est))
ml <- "visual =~ x1 + L2*x2 + L3*x3\ntextual =~ x4 + L5*x5 + x6\nL2 == 2*L3 - 0.5\nL5 == L2 + L3"
save_fit("sem_linear_constraints","holzinger_swineford.csv",ml,"ML","cfa(model,data)",cfa(ml,hs))
save_fit("sem_linear_constraints_mlr","holzinger_swineford.csv",ml,"MLR","cfa(model,data)",cfa(ml,hs,estimator="MLR"))
mn <- "visual =~ x1 + L2*x2 + L3*x3\ntextual =~ x4 + L5*x5 + x6\nL2*L3 == L5^2 - 0.8"
save_fit("sem_nonlinear_constraint","holzinger_swineford.csv",mn,"ML","cfa(model,data)",cfa(mn,hs))
m3o <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\nG =~ visual + textual + speed\nG ~~ ageyr"
save_fit("sem_latent_observed_cov","holzinger_swineford.csv",m3o,"ML","cfa(model,data)",cfa(m3o,hs))
msi <- "visual =~ x1 + x2 + x3\nage =~ ageyr\nspeed =~ x7 + x8 + x9\nspeed ~ age + visual"
save_fit("sem_single_indicator","holzinger_swineford.csv",msi,"ML","sem(model,data)",sem(msi,hs))
b3 <- b; b3$g <- c("u","v","w","x")[(seq_len(nrow(b)) %% 4)+1]; write.csv(b3[1:1200,],"bfi_four_groups.csv",row.names=FALSE); b3 <- read.csv("bfi_four_groups.csv")
mo <- "agree =~ A1 + A2 + A3 + A4 + A5\nconsc =~ C1 + C2 + C3 + C4 + C5"
save_fit("sem_bfi_four_mlr","bfi_four_groups.csv",mo,"MLR","cfa(group='g', group.equal=c('loadings'))",cfa(mo,b3,group="g",estimator="MLR",group.equal="loadings"))
save_fit("sem_bfi_four_mlm","bfi_four_groups.csv",mo,"MLM","cfa(group='g', group.equal=c('loadings','intercepts','residuals'))",cfa(mo,b3,group="g",estimator="MLM",group.equal=c("loadings","intercepts","residuals")))
hs <- read.csv("holzinger_swineford.csv"); hsm <- read.csv("holzinger_swineford_missing.csv"); pd <- read.csv("political_democracy.csv"); b<-read.csv("bfi_agree_consc.csv")
H<-"holzinger_swineford.csv"; HM<-"holzinger_swineford_missing.csv"
m3 <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
mso <- paste0(m3,"\ng =~ visual + textual + speed")
msr <- paste0(m3,"\nspeed ~ visual + textual")
mm <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nvisual ~ ageyr + sex\ntextual ~ ageyr + sex + visual\nx3 ~ sex"
save_fit("sem2_so_group_ml",H,mso,"ML","cfa(group='school', group.equal=c('loadings','intercepts'))",cfa(mso,hs,group="school",group.equal=c("loadings","intercepts")))
save_fit("sem2_so_group_fiml",HM,mso,"MLR","cfa(group='school', missing='fiml', group.equal=c('loadings'))",cfa(mso,hsm,group="school",group.equal=c("loadings"),missing="fiml",estimator="MLR"))
save_fit("sem2_reg_equal",H,msr,"MLR","sem(group='school', group.equal=c('loadings','regressions','lv.variances'))",sem(msr,hs,group="school",group.equal=c("loadings","regressions","lv.variances"),estimator="MLR"))
save_fit("sem2_reg_stdlv",H,msr,"ML","sem(std.lv=TRUE)",sem(msr,hs,std.lv=TRUE))
save_fit("sem2_mimic_group_mlr",H,mm,"MLR","sem(group='school', group.equal=c('loadings','intercepts','regressions'))",sem(mm,hs,group="school",group.equal=c("loadings","intercepts","regressions"),estimator="MLR"))
save_fit("sem2_mimic_group_mlm",H,mm,"MLM","sem(group='school', group.equal=c('loadings','intercepts'))",sem(mm,hs,group="school",group.equal=c("loadings","intercepts"),estimator="MLM"))
save_fit("sem2_mimic_group_fiml",HM,mm,"MLR","sem(group='school', missing='fiml', group.equal=c('loadings','intercepts'))",sem(mm,hsm,group="school",group.equal=c("loadings","intercepts"),estimator="MLR",missing="fiml"))
save_fit("sem2_fiml_strict_mlr",HM,m3,"MLR","cfa(group='school', missing='fiml', group.equal=c('loadings','intercepts','residuals','means'))",cfa(m3,hsm,group="school",group.equal=c("loadings","intercepts","residuals","means"),estimator="MLR",missing="fiml"))
mrc <- paste0(m3,"\nx1 ~~ x4 + x7\nx2 ~~ x5")
save_fit("sem2_residcov_equal",H,mrc,"ML","cfa(group='school', group.equal=c('loadings','residuals','residual.covariances'))",cfa(mrc,hs,group="school",group.equal=c("loadings","residuals","residual.covariances")))
mst <- "visual =~ NA*x1 + start(0.8)*x2 + 0.5?x3\ntextual =~ x4 + x5 + x6\nvisual ~~ 1*visual\nx1 ~~ v*x1\nx2 ~~ v*x2\ntextual ~~ start(.5)*visual\nr2 := 1 - v"
save_fit("sem2_starts",H,mst,"ML","cfa(model,data)",cfa(mst,hs))
mma <- "textual =~ x4 + x5 + x6\ntextual ~ a*x1 + x2\nx7 ~ b*textual + c*x1\nx8 ~ textual + x7\nab := a*b\ntot := ab + c\nrel := ab/tot\nlg := exp(log(b^2))"
for(e in c("ML","MLR","GLS","ULS","MLM")) save_fit(paste0("sem2_mixed_path_",tolower(e)),H,mma,e,"sem(model,data)",sem(mma,hs,estimator=e))
save_fit("sem2_mixed_path_fiml",HM,mma,"MLR","sem(model,data,missing='fiml')",sem(mma,hsm,estimator="MLR",missing="fiml"))
mb <- "g =~ A1 + A2 + A3 + A4 + A5 + C1 + C2 + C3 + C4 + C5\nsA =~ A2 + A3 + A4 + A5\nsC =~ C1 + C2 + C4 + C5"
save_fit("sem2_bifactor_group","bfi_agree_consc.csv",mb,"MLR","cfa(orthogonal=TRUE,std.lv=TRUE,group='gender')",cfa(mb,b,orthogonal=TRUE,std.lv=TRUE,group="gender",estimator="MLR"))
mo <- "agree =~ A1 + A2 + A3 + A4 + A5\nconsc =~ C1 + C2 + C3 + C4 + C5"
for(e in c("GLS","ULS")) save_fit(paste0("sem2_gender_",tolower(e)),"bfi_agree_consc.csv",mo,e,"cfa(group='gender', group.equal=c('loadings','intercepts'))",cfa(mo,b,group="gender",estimator=e,group.equal=c("loadings","intercepts")))
save_fit("sem2_gls_mean",H,m3,"GLS","cfa(model,data,meanstructure=TRUE)",cfa(m3,hs,estimator="GLS",meanstructure=TRUE))
save_fit("sem2_uls_mean",H,m3,"ULS","cfa(model,data,meanstructure=TRUE)",cfa(m3,hs,estimator="ULS",meanstructure=TRUE))
save_fit("sem2_mlm_mean",H,m3,"MLM","cfa(model,data,meanstructure=TRUE)",cfa(m3,hs,estimator="MLM",meanstructure=TRUE))
bm <- b; set.seed(3); for(x in names(b)[1:10]) bm[runif(nrow(b))<.08,x] <- NA; bm <- bm[1:700,]; write.csv(bm,"bfi_missing.csv",row.names=FALSE,na=""); bm<-read.csv("bfi_missing.csv")
save_fit("sem2_bfi_fiml","bfi_missing.csv",mo,"ML","cfa(model,data,missing='fiml')",cfa(mo,bm,missing="fiml"))
save_fit("sem2_bfi_fiml_mlr","bfi_missing.csv",mo,"MLR","cfa(model,data,missing='fiml')",cfa(mo,bm,missing="fiml",estimator="MLR"))
save_fit("sem2_bfi_listwise_mlr","bfi_missing.csv",mo,"MLR","cfa(model,data)",cfa(mo,bm,estimator="MLR"))
msat <- "f =~ x1 + x2 + x3"
for(e in c("ML","MLR","MLM")) save_fit(paste0("sem2_saturated_",tolower(e)),H,msat,e,"cfa(model,data)",cfa(msat,hs,estimator=e))
mtau <- "visual =~ 1*x1 + 1*x2 + 1*x3\ntextual =~ a*x4 + a*x5 + a*x6\ntextual ~~ 1*textual"
save_fit("sem2_tau_equivalent",H,mtau,"MLR","cfa(model,data)",cfa(mtau,hs,estimator="MLR"))
mthird <- "a =~ x1+x2+x3\nb=~x4+x5+x6\nc=~x7+x8+x9\ng1 =~ 1*a + 1*b\ng2 =~ 1*c\ng2 ~~ 0*g2\nt =~ g1 + 1*g2\nt~~1*t"
mint <- "y1 ~ x1 + x2 + x3\ny1 ~~ y1\ny2 ~ y1\ny2 ~~ y1"
mfull <- "dem60 =~ y1 + y2 + y3 + y4\ndem65 =~ y5 + y6 + y7 + y8\ndem65 ~ dem60 + x1 + x2\ndem60 ~ x1\nx3 ~ dem65 + x1\n"
for(e in c("ML","MLR","MLM","GLS")) save_fit(paste0("sem2_pd_outcome_",tolower(e)),"political_democracy.csv",mfull,e,"sem(model,data)",sem(mfull,pd,estimator=e))
mgr <- "i =~ 1*y1 + 1*y2 + 1*y3 + 1*y4\ns =~ 0*y1 + 1*y2 + 2*y3 + 3*y4\ny1 ~ 0\ny2 ~ 0*1\ny3 + y4 ~ 0*1\ni ~ im*1\ns ~ 1\ns ~ i\n d := im/2"
save_fit("sem2_growth_pd","political_democracy.csv",mgr,"MLR","sem(model,data)",sem(mgr,pd,estimator="MLR"))
mxc <- "visual =~ x1 + x2 + x3\nspeed =~ x7 + x8 + x9\nspeed ~ visual + ageyr\nageyr ~~ visual\nvisual ~ sex"
save_fit("sem2_covariate_spoken","holzinger_swineford.csv",mxc,"ML","sem(model,data)",sem(mxc,hs))
mi2 <- "x1 ~~ x2 + x3\nx2 ~~ x3\nx4 ~ x1"
save_fit("sem2_only_cov","holzinger_swineford.csv",mi2,"ML","sem(model,data)",sem(mi2,hs))
F <- list(cfa(m3,hs,estimator="MLR",group="school"),cfa(m3,hs,estimator="MLR",group="school",group.equal="loadings"))
G <- list(cfa(m3,hs,estimator="MLM",group="school"),cfa(m3,hs,estimator="MLM",group="school",group.equal="loadings"))
mw <- "f =~ x1 + a*x2 + b*x3\ng =~ x4 + c*x5 + x6"
w <- lavTestWald(cfa(mw,hs,estimator="MLR"),"a == b\nc == 1")
save_json(list(data=H,model=m3,group="school",MLR_sb2010=lrt(F[[1]],F[[2]],method="satorra.bentler.2010"),MLM_sb2010=lrt(G[[1]],G[[2]],method="satorra.bentler.2010"),
  MLM_satorra2000=lrt(G[[1]],G[[2]],method="satorra.2000"),wald_model=mw,wald=list(stat=w$stat,df=w$df,p=w$p.value)),"sem_difference_wald")
writeLines(capture.output(sessionInfo()),"normal_reference_session.txt")
