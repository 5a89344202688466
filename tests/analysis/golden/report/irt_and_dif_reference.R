# Reference results for the graded response model (mirt) and ordinal-logistic DIF (MASS::polr, rms, lordif).
#   Rscript irt_and_dif_reference.R        (in this folder; about 15 minutes)
# Needs mirt 1.45.1, lordif 0.4.2, rms 6.5-0, MASS, psychTools, jsonlite; R 4.2.2.
# The session of the run is in irt_and_dif_session.txt.
OUT <- "."
suppressMessages({library(psych); library(psychTools); library(jsonlite); library(MASS)})
vv <- function(p) tryCatch(as.character(packageVersion(p)), error=function(e) NULL)
VERS <- c(list(R=R.version.string), sapply(c("mirt","psych","psychTools","MASS","rms","lordif"), vv, simplify=FALSE))
set.seed(1)
quiet <- function(expr){ w <- character(); v <- NULL; invisible(capture.output(v <- tryCatch(withCallingHandlers(expr,
   warning=function(c){w <<- c(w, conditionMessage(c)); invokeRestart("muffleWarning")},
   message=function(c) invokeRestart("muffleMessage")), error=function(e) structure(list(error=conditionMessage(e)),class="ERR")))); list(v=v,w=unique(w))}
ok <- function(expr){ q <- quiet(expr); if(inherits(q$v,"ERR")) list(error=unclass(q$v)$error) else q$v }   # value, or {error:}
mat <- function(m){ m <- as.matrix(unclass(m)); attributes(m) <- list(dim=dim(m), dimnames=dimnames(m))
  list(rows=if(is.null(rownames(m))) seq_len(nrow(m)) else rownames(m), cols=if(is.null(colnames(m))) seq_len(ncol(m)) else colnames(m), values=unname(m)) }
vec <- function(v){ n <- names(v); v <- as.numeric(v); if(is.null(n)) v else as.list(setNames(v,n)) }
df_ <- function(d){ d <- as.data.frame(unclass(d)); rn <- rownames(d); for(n in names(d)) if(inherits(d[[n]],c("lavaan.vector","mirt_df"))) d[[n]]<-as.numeric(d[[n]]); cbind(row=rn,d) }
save_json <- function(x, name){ x$versions <- VERS; write(toJSON(x, digits=NA, auto_unbox=TRUE, na="null", null="null", matrix="rowmajor", dataframe="rows", pretty=TRUE), file.path(OUT, paste0(name,".json"))); cat(format(Sys.time(),"%H:%M:%S"),"wrote",name,"\n"); flush.console() }
put_csv <- function(d, f){ write.csv(d, file.path(OUT,f), row.names=FALSE, na=""); read.csv(file.path(OUT,f), stringsAsFactors=FALSE) }
sect <- function(name, expr) tryCatch(expr, error=function(e) cat("SECTION FAILED", name, conditionMessage(e), "\n"))
# ---------------------------------------------------------------- 1 IRT
THETA <- seq(-4,4,by=.5)
simgrm <- function(n, a, b, theta){  # b: list of thresholds, increasing; categories 1..K
  sapply(seq_along(a), function(j){ P <- sapply(b[[j]], function(t) plogis(a[j]*(theta-t))); u <- runif(n); as.integer(1 + rowSums(u < P)) }) }
irt_block <- function(d, file, name, items=colnames(d), m2=c("C2"), complete=TRUE, extra=list()){
  library(mirt); d <- d[,items]
  cat0 <- sapply(d,function(x) length(unique(na.omit(x))))
  run <- function(...) quiet(mirt(d,1,itemtype="graded",verbose=FALSE,...))
  tight <- run(SE=TRUE,SE.type="Oakes",TOL=1e-9,technical=list(NCYCLES=20000))
  m <- tight$v
  def <- run(SE=TRUE)$v
  q121 <- run(SE=FALSE,TOL=1e-9,quadpts=121,technical=list(NCYCLES=20000,theta_lim=c(-8,8)))$v
  pull <- function(f,irt,se=TRUE) lapply(coef(f,IRTpars=irt,printSE=se), function(z) mat(z))
  sl <- function(f) as.list(c(logLik=extract.mirt(f,"logLik"),AIC=extract.mirt(f,"AIC"),BIC=extract.mirt(f,"BIC"),SABIC=extract.mirt(f,"SABIC"),npar=extract.mirt(f,"nest"),converged=extract.mirt(f,"converged"),iterations=extract.mirt(f,"iterations"),SEMcond=tryCatch(extract.mirt(f,"condnum"),error=function(e) NA)))
  o <- list(data=file,items=items,n=nrow(d),categories=as.list(cat0),
   call="mirt(d, 1, itemtype='graded', SE=TRUE, SE.type='Oakes', TOL=1e-9, technical=list(NCYCLES=20000)); quadrature: 61 points equally spaced on [-6,6], N(0,1) prior",
   summary=sl(m), coef_irt_ab=pull(m,TRUE), coef_slope_intercept=pull(m,FALSE), warnings=tight$w,
   vcov_oakes=mat(extract.mirt(m,"vcov")),
   standardized_loadings=ok({s <- summary(m,verbose=FALSE,suppress=0); list(F=mat(s$rotF),h2=mat(s$h2))}),
   default_settings=list(call="mirt(d, 1, itemtype='graded', SE=TRUE)  [TOL=1e-4]",summary=sl(def),coef_irt_ab=pull(def,TRUE)),
   quad121=list(call="TOL=1e-9, quadpts=121, theta_lim=c(-8,8)",summary=sl(q121),coef_irt_ab=pull(q121,TRUE,FALSE)))
  for(st in c("crossprod","sandwich","Louis")) o[[paste0("se_",st)]] <- ok({f <- run(SE=TRUE,SE.type=st,TOL=1e-9,technical=list(NCYCLES=20000))$v; if(inherits(f,"ERR")) stop(f$error); list(coef_slope_intercept=pull(f,FALSE))})
  o$test_information <- list(theta=THETA, info=testinfo(m,matrix(THETA)), se=1/sqrt(testinfo(m,matrix(THETA))),
     item_info=mat(setNames(sapply(seq_along(items),function(j) iteminfo(extract.item(m,j),matrix(THETA))),NULL) |> `colnames<-`(items)),
     area_minus4_4=areainfo(m,c(-4,4))$Info, expected_test_score=ok(expected.test(m,matrix(THETA))))
  o$category_probabilities <- setNames(lapply(seq_along(items),function(j) mat(probtrace(extract.item(m,j),matrix(THETA)))),items)
  N1 <- min(200,nrow(d))
  for(me in c("EAP","MAP","WLE")) o[[paste0("scores_",me,"_first",N1)]] <- ok({s <- fscores(m,method=me,full.scores=TRUE,full.scores.SE=TRUE); mat(s[1:N1,])})
  s <- fscores(m,method="EAP",full.scores=TRUE,full.scores.SE=TRUE)
  o$reliability <- list(empirical_rxx_EAP=as.numeric(empirical_rxx(s)), empirical_formula="var(EAP)/(var(EAP)+mean(SE^2))", marginal_rxx=ok(as.numeric(marginal_rxx(m))), marginal_formula="integral of I/(I+1) * phi(theta)", mean_posterior_var_reliability=1-mean(s[,2]^2), mean_SE_EAP=mean(s[,2]))
  if(complete){
   o$eapsum <- ok(df_(fscores(m,method="EAPsum",full.scores=FALSE)))
   for(t in m2) o[[paste0("fit_",gsub("\\*","star",t))]] <- ok(as.list(M2(m,type=t)))
   o$itemfit_S_X2 <- ok(df_(itemfit(m,fit_stats="S_X2"))); o$itemfit_S_X2_mincell <- 1
   o$itemfit_S_X2_tables <- ok({t <- itemfit(m,S_X2.tables=TRUE); list(O_org=lapply(t$O.org,mat),E_org=lapply(t$E.org,mat),O=lapply(t$O,mat),E=lapply(t$E,mat))})
   o$itemfit_infit <- ok(df_(itemfit(m,fit_stats="infit")))
   o$Q3 <- ok(mat(residuals(m,type="Q3",verbose=FALSE))); o$LD_X2 <- ok(mat(residuals(m,type="LD",verbose=FALSE)))
   o$personfit_first200 <- ok(df_(personfit(m)[1:N1,])) }
  save_json(c(o,extra),name); invisible(m) }
bif_block <- function(d, file, name, specific, m2="C2", groups){
  library(mirt); q <- quiet(bfactor(d,specific,itemtype="graded",verbose=FALSE,SE=TRUE,SE.type="Oakes",TOL=1e-6,technical=list(NCYCLES=5000))); m <- q$v
  if(inherits(m,"ERR")){ save_json(list(data=file,error=m$error),name); return(invisible()) }
  s <- summary(m,verbose=FALSE,suppress=0); L <- unclass(s$rotF); h2 <- rowSums(L^2); g <- L[,1]
  ks <- sapply(groups,length); p <- ncol(d); puc <- 1 - sum(ks*(ks-1)/2)/(p*(p-1)/2)
  num <- sum(g)^2; spn <- sapply(2:ncol(L),function(k) sum(L[,k])^2); den <- num+sum(spn)+sum(1-h2)
  o <- list(data=file,items=colnames(d),specific_of_item=specific,call="bfactor(d, specific, itemtype='graded', SE=TRUE, TOL=1e-6); dimension reduction, 31 quadrature points per dimension (field quadpts)",warnings=q$w,
   summary=as.list(c(logLik=extract.mirt(m,"logLik"),AIC=extract.mirt(m,"AIC"),BIC=extract.mirt(m,"BIC"),npar=extract.mirt(m,"nest"),converged=extract.mirt(m,"converged"),iterations=extract.mirt(m,"iterations"),quadpts=m@Options$quadpts)),
   coef_slope_intercept=lapply(coef(m,printSE=TRUE),mat), standardized_loadings=mat(L), h2=vec(h2),
   ECV_general=num_ECV(L), IECV=as.list(setNames(g^2/h2,colnames(d))), PUC=puc, omega_total_latent=(num+sum(spn))/den, omega_h_latent=num/den,
   omega_hs_latent=as.list(setNames(sapply(seq_along(groups),function(k){i <- match(groups[[k]],colnames(d)); a <- sum(L[i,k+1])^2; a/(sum(g[i])^2+a+sum(1-h2[i]))}),names(groups))),
   H=as.list(setNames(apply(L,2,function(l){l <- l[l!=0]; 1/(1+1/sum(l^2/(1-l^2)))}),colnames(L))),
   formula="loadings lambda = a/1.702 / sqrt(1+sum((a/1.702)^2)); omega_h=(sum g)^2/((sum g)^2+sum_k (sum s_k)^2+sum(1-h2)); ECV=sum g^2/sum h2; PUC=1-sum k(k-1)/2 / (p(p-1)/2)",
   fscores_EAP_first100=ok(mat(fscores(m,method="EAP",full.scores.SE=TRUE,QMC=FALSE)[1:100,])))
  for(t in m2) o[[paste0("fit_",gsub("\\*","star",t))]] <- ok(as.list(M2(m,type=t)))
  u <- quiet(mirt(d,1,itemtype="graded",verbose=FALSE,TOL=1e-6))$v; o$unidimensional <- as.list(c(logLik=extract.mirt(u,"logLik"),npar=extract.mirt(u,"nest")))
  save_json(o,name); invisible(m) }
num_ECV <- function(L) sum(L[,1]^2)/sum(L^2)

# ---------------------------------------------------------------- 2 DIF
dif_block <- function(d, file, name, items, group, matches=c("total","rest"), do_lordif=FALSE){
  d <- d[complete.cases(d[,c(items,group)]),]; G <- factor(d[[group]]); res <- list(); tot <- rowSums(d[,items])
  one <- function(y,x){ y <- factor(y,ordered=TRUE); xs <- x; n <- length(y)
    ct <- list(reltol=1e-15,maxit=2000)
    bin <- nlevels(y)==2
    fit <- function(f) if(bin) glm(f,family=binomial,epsilon=1e-13,maxit=100) else polr(f,Hess=TRUE,control=ct)
    ll <- function(m) as.numeric(logLik(m))
    m0 <- fit(y~1); m1 <- fit(y~xs); m2 <- fit(y~xs+G); m3 <- fit(y~xs*G); l <- sapply(list(m0,m1,m2,m3),ll)
    k <- nlevels(G)-1; lr <- 2*c(l[3]-l[2],l[4]-l[3],l[4]-l[2]); df <- c(k,k,2*k)
    R2 <- function(L){ cs <- 1-exp(2*(l[1]-L)/n); c(McFadden=1-L/l[1],CoxSnell=cs,Nagelkerke=cs/(1-exp(2*l[1]/n))) }
    P <- sapply(l[2:4],R2); colnames(P) <- c("M1","M2","M3")
    b <- function(m) coef(m)[["xs"]]
    L2 <- tryCatch({ e <- function(f) rms::lrm(f,eps=1e-12,maxit=100,tol=1e-14); z <- lapply(list(y~xs,y~xs+G,y~xs*G),e); -z[[1]]$deviance[2]/2 -> a; c(a,-z[[2]]$deviance[2]/2,-z[[3]]$deviance[2]/2)},error=function(e) rep(NA,3))
    tab <- function(m) df_(coef(summary(m)))
    list(n=n,levels=levels(y),counts_by_group=mat(unclass(table(G,y))),logLik=list(M0=l[1],M1=l[2],M2=l[3],M3=l[4]),logLik_rms_lrm=list(M1=L2[1],M2=L2[2],M3=L2[3]),
      lr=list(uniform_M1_M2=list(chisq=lr[1],df=df[1],p=pchisq(lr[1],df[1],lower.tail=FALSE)),nonuniform_M2_M3=list(chisq=lr[2],df=df[2],p=pchisq(lr[2],df[2],lower.tail=FALSE)),total_M1_M3=list(chisq=lr[3],df=df[3],p=pchisq(lr[3],df[3],lower.tail=FALSE))),
      pseudoR2=mat(P), deltaR2=list(uniform=as.list(P[,2]-P[,1]),nonuniform=as.list(P[,3]-P[,2]),total=as.list(P[,3]-P[,1])),
      beta_change_uniform=abs((b(m1)-b(m2))/b(m1)), coef_M1=tab(m1),coef_M2=tab(m2),coef_M3=tab(m3)) }
  for(mt in matches) res[[mt]] <- setNames(lapply(items,function(i) ok(one(d[[i]],if(mt=="total") tot else tot-d[[i]]))),items)
  o <- list(data=file,items=items,group=group,group_levels=levels(G),n=nrow(d),note="proportional odds logit(P(Y<=k)) = zeta_k - eta (MASS::polr); M1: eta=match; M2: +group (treatment coding, first level = reference); M3: +match:group. match 'total' = sum of all items including the studied item; 'rest' = without it; unstandardised. Rows with any missing dropped. The items are used as in the file (keyed).",results=res)
  if(do_lordif) o$lordif_irt_matching <- ok({ suppressMessages(library(lordif)); L <- lordif(d[,items],as.integer(G),criterion="Chisqr",alpha=.01,minCell=5,model="GRM"); list(call="lordif(items, group, criterion='Chisqr', alpha=.01, minCell=5, model='GRM')",flag=L$flag,stats=df_(L$stats),iteration=L$iteration) })
  save_json(o,name) }

data(bfi,package="psychTools"); AC <- c(paste0("A",1:5),paste0("C",1:5)); C5 <- paste0("C",1:5); A5 <- paste0("A",1:5); E5 <- paste0("E",1:5); ACE <- c(AC,E5)
rev_ <- function(d,i,m=7){ for(v in i) d[[v]] <- m-d[[v]]; d }
KEY <- c("A1","C4","C5","E1","E2")
keyed <- rev_(bfi,KEY)
b0 <- keyed[complete.cases(keyed[,c(AC,"gender")]),c(AC,"gender","education")]; FB <- "bfi_ac_keyed_complete.csv"; b <- put_csv(b0,FB)
bm <- put_csv(keyed[rowSums(!is.na(keyed[,C5]))>0,c(C5,"gender")],"bfi_c_keyed_missing.csv")
# simulated graded data: 12 items (4 categories, item 11 three, item 12 two), n=800
set.seed(777); ga <- c(1.2,1.8,.9,2.2,1.5,1.1,.7,1.6,2.5,1.3,1.4,1.0); gb <- lapply(1:12,function(j) sort(c(-1.4,.0,1.3)+runif(1,-.6,.6)+runif(3,-.2,.2))); gb[[11]] <- gb[[11]][1:2]; gb[[12]] <- gb[[12]][2]
sg <- as.data.frame(simgrm(800,ga,gb,rnorm(800))); names(sg) <- sprintf("g%02d",1:12); sg <- put_csv(sg,"sim_grm12.csv")
set.seed(778); th <- matrix(rnorm(1000*4),1000); aG <- runif(12,1.2,2); aS <- runif(12,.8,1.6); sp <- rep(1:3,each=4); bb <- lapply(1:12,function(j) sort(c(-2.2,-.8,.7,2)+runif(4,-.3,.3)))
sb <- as.data.frame(sapply(1:12,function(j){ eta <- aG[j]*th[,1]+aS[j]*th[,1+sp[j]]; u <- runif(1000); as.integer(1+rowSums(u < sapply(bb[[j]],function(d) plogis(eta-d)))) })); names(sb) <- sprintf("b%02d",1:12); sb <- put_csv(sb,"sim_bif12.csv"); BG <- split(names(sb),paste0("s",sp)); mbf <- paste0("g =~ ",paste(names(sb),collapse="+"),"\n",paste(sapply(names(BG),function(k) paste0(k," =~ ",paste(BG[[k]],collapse="+"))),collapse="\n"))
 sect("irt C",irt_block(b,FB,"irt_grm_bfi_conscientiousness",C5,m2="C2"))
 sect("irt Cm",irt_block(bm,"bfi_c_keyed_missing.csv","irt_grm_bfi_conscientiousness_missing",C5,complete=FALSE))
 sect("irt sim",irt_block(sg,"sim_grm12.csv","irt_grm_sim12",m2=c("M2*","C2"),extra=list(true_a=ga,true_b=gb)))
 sect("bif",bif_block(sb,"sim_bif12.csv","irt_bifactor_grm_sim12",sp,m2=c("M2*","C2"),groups=BG))
b$g2 <- b$gender; sect("dif C",dif_block(b,FB,"dif_bfi_conscientiousness_gender",C5,"gender",do_lordif=TRUE)); sect("dif A",dif_block(b,FB,"dif_bfi_agreeableness_gender",A5,"gender"))
 sect("dif edu",dif_block(b,FB,"dif_bfi_conscientiousness_education5",C5,"education"))
writeLines(capture.output(sessionInfo()), "irt_and_dif_session.txt")
