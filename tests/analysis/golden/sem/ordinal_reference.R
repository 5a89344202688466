# Reference results for ordinal and mixed models, made by lavaan. Run in this folder: Rscript ordinal_reference.R
# Writes ord_*.json, the data they use (ord_*.csv) and ordinal_reference_session.txt. Needs lavaan, psychTools, jsonlite.
suppressMessages({library(lavaan); library(jsonlite)})
writeLines(capture.output(sessionInfo()), "ordinal_reference_session.txt")
mat <- function(m) { m <- unclass(m); list(rows=rownames(m), values=unname(matrix(as.numeric(m), nrow(m)))) }
put <- function(x, name) write(toJSON(x, digits=NA, auto_unbox=TRUE, na="null", null="null", matrix="rowmajor", dataframe="rows"), paste0(name, ".json"))
run <- function(name, data, model, call, extra=NULL) {
  warned <- character()
  fit <- withCallingHandlers(eval(call), warning=function(w) { warned <<- c(warned, conditionMessage(w)); invokeRestart("muffleWarning") })
  pe <- as.data.frame(parameterEstimates(fit, standardized=TRUE, remove.eq=TRUE, remove.system.eq=TRUE, rsquare=FALSE))
  if (is.null(pe$group)) pe$group <- 1L
  if (is.null(pe$label)) pe$label <- ""
  ss <- as.data.frame(standardizedSolution(fit)); if (is.null(ss$group)) ss$group <- 1L
  k <- match(paste(pe$lhs, pe$op, pe$rhs, pe$group), paste(ss$lhs, ss$op, ss$rhs, ss$group))
  par <- data.frame(lhs=pe$lhs, op=pe$op, rhs=pe$rhs, group=pe$group, label=pe$label, est=pe$est, se=pe$se, ci_lower=pe$ci.lower,
    ci_upper=pe$ci.upper, std_lv=pe$std.lv, std_all=pe$std.all, std_all_se=ss$se[k])
  fm <- suppressWarnings(fitMeasures(fit))
  out <- list(name=name, data=data, model=model, arguments=lapply(as.list(call)[-(1:3)], function(a) { v <- eval(a); if (is.character(v)) v else as.character(v) }), converged=lavInspect(fit, "converged"),
    npar=as.integer(fm["npar"]), nobs=I(as.integer(lavInspect(fit, "nobs"))), group_order=I(as.character(lavInspect(fit, "group.label"))),
    parameters=par, fit=as.list(setNames(as.numeric(fm), names(fm))), warnings=I(warned))
  put(c(out, extra), name); cat(name, "\n"); invisible(fit)
}
gamma_of <- function(fit) { g <- lavInspect(fit, "gamma"); if (!is.list(g)) g <- list(g); lapply(g, mat) }
mi <- function(fit) { m <- modindices(fit); as.data.frame(unclass(m)) }

data(ability, package="psychTools")                                   # 16 right/wrong items, with missing answers
ab <- as.data.frame(ability)[1:900, c(1:4, 9:12)]; names(ab) <- c(paste0("r", 1:4), paste0("m", 1:4))
ab <- ab[rowSums(!is.na(ab)) > 0, ]
write.csv(ab, "ord_ability.csv", row.names=FALSE, na=""); ab <- read.csv("ord_ability.csv")
data(bfi, package="psychTools")
N <- c(paste0("N", 1:5), paste0("E", 1:5))
ed <- bfi[!is.na(bfi$education) & bfi$education %in% 3:5, c(N, "education", "gender", "age")]
ed <- ed[seq(1, nrow(ed), by=2), ]
write.csv(ed, "ord_three_groups.csv", row.names=FALSE, na=""); ed <- read.csv("ord_three_groups.csv")
small <- na.omit(bfi[seq(3, 2800, by=17), c("A1", "A2", "A3", "A4", "A5")])
for (v in names(small)) small[[v]] <- pmin(pmax(small[[v]], 2), 5)
write.csv(small, "ord_small.csv", row.names=FALSE); small <- read.csv("ord_small.csv")
hs <- HolzingerSwineford1939[, c("school", "ageyr", paste0("x", 1:9))]
for (v in c("x4", "x5", "x6")) hs[[v]] <- as.integer(cut(hs[[v]], c(-Inf, quantile(hs[[v]], c(.25, .6)), Inf)))
for (v in c("x8")) hs[[v]] <- as.integer(hs[[v]] > median(hs[[v]]))
write.csv(hs, "ord_mixed.csv", row.names=FALSE); hs <- read.csv("ord_mixed.csv")
hm <- hs; X <- paste0("x", 1:9); for (j in 1:9) for (i in 1:nrow(hm)) if ((i * 5 + j * 11) %% 13 == 0) hm[i, X[j]] <- NA
write.csv(hm, "ord_mixed_missing.csv", row.names=FALSE, na=""); hm <- read.csv("ord_mixed_missing.csv")
AB <- names(ab); O <- c("x4", "x5", "x6", "x8")

m_ab <- "reason =~ r1 + r2 + r3 + r4\nmatrix =~ m1 + m2 + m3 + m4"
m_ne <- "neuro =~ N1 + N2 + N3 + N4 + N5\nextra =~ E1 + E2 + E3 + E4 + E5"
m_a <- "agree =~ A1 + A2 + A3 + A4 + A5"
m_hs <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"

f <- run("ord_binary_listwise", "ord_ability.csv", m_ab, quote(cfa(m_ab, ab, ordered=AB, estimator="WLSMV")))
put(list(data="ord_ability.csv", gamma=gamma_of(f), wls_obs=as.numeric(lavInspect(f, "wls.obs"))), "ord_binary_gamma")
f <- run("ord_binary_pairwise", "ord_ability.csv", m_ab, quote(cfa(m_ab, ab, ordered=AB, estimator="WLSMV", missing="pairwise")))
put(list(data="ord_ability.csv", gamma=gamma_of(f), wls_obs=as.numeric(lavInspect(f, "wls.obs"))), "ord_binary_pairwise_gamma")
run("ord_binary_theta", "ord_ability.csv", m_ab, quote(cfa(m_ab, ab, ordered=AB, estimator="WLSMV", parameterization="theta", std.lv=TRUE)))
run("ord_binary_uls", "ord_ability.csv", m_ab, quote(cfa(m_ab, ab, ordered=AB, estimator="ULS")))
run("ord_binary_wls", "ord_ability.csv", m_ab, quote(cfa(m_ab, ab, ordered=AB, estimator="WLS")))
m_rg <- "reason =~ r1 + r2 + r3 + r4\nmatrix =~ m1 + m2 + m3\nmatrix ~ b*reason\nm4 ~ c*matrix + a*reason\nind := b*c\ntotal := a + ind"
run("ord_binary_path", "ord_ability.csv", m_rg, quote(sem(m_rg, ab, ordered=AB, estimator="WLSMV")))
f <- run("ord_small", "ord_small.csv", m_a, quote(cfa(m_a, small, ordered=names(small), estimator="WLSMV")))
run("ord_small_ulsmv", "ord_small.csv", m_a, quote(cfa(m_a, small, ordered=names(small), estimator="ULSMV", parameterization="theta")))
m_eq <- "agree =~ A1 + a*A2 + a*A3 + A4 + A5\nA4 ~~ A5\nA2 | t1 + t2\nA3 | t1 + t2"
m_eq <- "agree =~ A1 + a*A2 + a*A3 + A4 + A5\nA4 ~~ A5"
run("ord_small_equal", "ord_small.csv", m_eq, quote(cfa(m_eq, small, ordered=names(small), estimator="WLSMV", std.lv=TRUE)))

f <- run("ord_mixed", "ord_mixed.csv", m_hs, quote(cfa(m_hs, hs, ordered=O, estimator="WLSMV")))
put(list(data="ord_mixed.csv", gamma=gamma_of(f), wls_obs=as.numeric(lavInspect(f, "wls.obs"))), "ord_mixed_gamma")
put(list(data="ord_mixed.csv", model=m_hs, modindices=mi(f)), "ord_mixed_modindices")
f <- run("ord_mixed_pairwise", "ord_mixed_missing.csv", m_hs, quote(cfa(m_hs, hm, ordered=O, estimator="WLSMV", missing="pairwise")))
put(list(data="ord_mixed_missing.csv", gamma=gamma_of(f), wls_obs=as.numeric(lavInspect(f, "wls.obs"))), "ord_mixed_pairwise_gamma")
run("ord_mixed_theta", "ord_mixed.csv", m_hs, quote(cfa(m_hs, hs, ordered=O, estimator="WLSMV", parameterization="theta")))
run("ord_mixed_ulsmv", "ord_mixed.csv", m_hs, quote(cfa(m_hs, hs, ordered=O, estimator="ULSMV")))
run("ord_mixed_groups", "ord_mixed.csv", m_hs, quote(cfa(m_hs, hs, ordered=O, estimator="WLSMV", group="school")))
run("ord_mixed_groups_equal", "ord_mixed.csv", m_hs, quote(cfa(m_hs, hs, ordered=O, estimator="WLSMV", group="school", group.equal=c("loadings", "thresholds", "intercepts"))))
m_mimic <- paste0(m_hs, "\nvisual ~ ageyr\ntextual ~ ageyr\nspeed ~ ageyr")
run("ord_mimic", "ord_mixed.csv", m_mimic, quote(sem(m_mimic, hs, ordered=O, estimator="WLSMV")))

run("ord_three_configural", "ord_three_groups.csv", m_ne, quote(cfa(m_ne, ed, ordered=N, estimator="WLSMV", group="education")))
f <- run("ord_three_scalar", "ord_three_groups.csv", m_ne, quote(cfa(m_ne, ed, ordered=N, estimator="WLSMV", group="education", group.equal=c("thresholds", "loadings"))))
put(list(data="ord_three_groups.csv", model=m_ne, modindices=mi(f)), "ord_three_scalar_modindices")
run("ord_three_strict_theta", "ord_three_groups.csv", m_ne, quote(cfa(m_ne, ed, ordered=N, estimator="WLSMV", parameterization="theta", group="education", group.equal=c("thresholds", "loadings", "residuals"))))
run("ord_three_all", "ord_three_groups.csv", m_ne, quote(cfa(m_ne, ed, ordered=N, estimator="WLSMV", group="education", group.equal=c("thresholds", "loadings", "intercepts", "residuals", "lv.variances", "lv.covariances", "means"))))
run("ord_three_partial", "ord_three_groups.csv", m_ne, quote(cfa(m_ne, ed, ordered=N, estimator="WLSMV", group="education", group.equal=c("thresholds", "loadings"), group.partial=c("neuro=~N4", "E2|t1"))))
run("ord_three_pairwise", "ord_three_groups.csv", m_ne, quote(cfa(m_ne, ed, ordered=N, estimator="WLSMV", group="education", missing="pairwise", group.equal="loadings")))
run("ord_three_loadings_theta", "ord_three_groups.csv", m_ne, quote(cfa(m_ne, ed, ordered=N, estimator="WLSMV", parameterization="theta", group="education", group.equal="loadings")))
m_cov <- paste0(m_ne, "\nneuro ~ age + gender\nextra ~ age + gender + neuro")
run("ord_covariates", "ord_three_groups.csv", m_cov, quote(sem(m_cov, ed, ordered=N, estimator="WLSMV")))
# observed ordinal variables in regressions: a mediator and an outcome
m_med <- "reason =~ r1 + r2 + r3 + r4\nm1 ~ a*reason\nm2 ~ b*m1 + reason\nind := a*b"
run("ord_mediator", "ord_ability.csv", m_med, quote(sem(m_med, ab, ordered=AB, estimator="WLSMV")))
run("ord_mediator_theta", "ord_ability.csv", m_med, quote(sem(m_med, ab, ordered=AB, estimator="WLSMV", parameterization="theta")))
m_pth <- "N2 ~ N1\nN3 ~ N2 + N1\nE1 ~ N3"
run("ord_path", "ord_three_groups.csv", m_pth, quote(sem(m_pth, ed, ordered=c("N2","N3","E1"), estimator="WLSMV")))
m_mo <- "textual =~ x4 + x5 + x6\nx1 ~ textual\nx8 ~ x1 + textual"
run("ord_mixed_path", "ord_mixed.csv", m_mo, quote(sem(m_mo, hs, ordered=O, estimator="WLSMV")))
# covariates with groups, theta, and a covariance between covariates
m_mg <- "neuro =~ N1 + N2 + N3 + N4 + N5\nneuro ~ age + gender\nN3 ~ gender"
run("ord_covariates_groups", "ord_three_groups.csv", m_mg, quote(sem(m_mg, ed, ordered=N, estimator="WLSMV", group="education")))
run("ord_covariates_theta", "ord_three_groups.csv", m_mg, quote(sem(m_mg, ed, ordered=N, estimator="WLSMV", parameterization="theta")))
run("ord_covariates_uls", "ord_three_groups.csv", m_mg, quote(sem(m_mg, ed, ordered=N, estimator="ULSMV", std.lv=TRUE)))
f <- sem(m_mg, ed, ordered=N, estimator="WLSMV")
put(list(data="ord_three_groups.csv", gamma=gamma_of(f), wls_obs=as.numeric(lavInspect(f, "wls.obs"))), "ord_covariates_gamma")
# an ordinal second order and an ordinal bifactor with residual covariances, small groups
m_2 <- "f1 =~ N1 + N2 + N3\nf2 =~ N4 + N5 + E1\nf3 =~ E2 + E3 + E4 + E5\ng =~ f1 + f2 + f3\nN1 ~~ N2"
run("ord_second_order_groups", "ord_three_groups.csv", m_2, quote(cfa(m_2, ed, ordered=N, estimator="WLSMV", group="education", group.equal="loadings")))
run("ord_means_theta", "ord_three_groups.csv", m_ne, quote(cfa(m_ne, ed, ordered=N, estimator="WLSMV", parameterization="theta", std.lv=TRUE, group="education", group.equal=c("thresholds", "loadings", "intercepts"))))
# binary items in three groups, weakly identified scales: a long curved valley for the optimiser
data(bfi, package="psychTools"); bi <- bfi[!is.na(bfi$education) & bfi$education %in% c(1, 2, 4), c(paste0("O", 1:5), "education")]
for (v in paste0("O", 1:5)) bi[[v]] <- as.integer(bi[[v]] > 3)
write.csv(bi, "ord_binary_groups.csv", row.names=FALSE, na=""); bi <- read.csv("ord_binary_groups.csv")
OB <- paste0("O", 1:5); m_o <- "open =~ O1 + O2 + O3 + O4 + O5"
run("ord_binary_groups_equal", "ord_binary_groups.csv", m_o, quote(cfa(m_o, bi, ordered=OB, estimator="WLSMV", group="education", group.equal=c("thresholds", "loadings"))))
run("ord_binary_groups", "ord_binary_groups.csv", m_o, quote(cfa(m_o, bi, ordered=OB, estimator="ULSM", group="education")))
