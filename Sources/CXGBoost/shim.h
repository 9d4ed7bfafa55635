#pragma once

#include <dlfcn.h>
#include <xgboost/c_api.h>

// XGBoost is loaded when a stage needs it, not linked: see Docs/decisions/0011-xgboost-at-run-time.md. These are its
// functions, with the types that its own header gives them.
typedef struct {
    __typeof__(&XGBGetLastError) last_error;
    __typeof__(&XGBoostVersion) version;
    __typeof__(&XGDMatrixCreateFromMat) matrix_create;
    __typeof__(&XGDMatrixFree) matrix_free;
    __typeof__(&XGBoosterCreate) booster_create;
    __typeof__(&XGBoosterFree) booster_free;
    __typeof__(&XGBoosterSetParam) booster_set;
    __typeof__(&XGBoosterBoostOneIter) booster_boost;
    __typeof__(&XGBoosterPredictFromDMatrix) booster_predict;
    __typeof__(&XGBoosterBoostedRounds) booster_rounds;
    __typeof__(&XGBoosterGetNumFeature) booster_features;
    __typeof__(&XGBoosterSlice) booster_slice;
    __typeof__(&XGBoosterSaveModelToBuffer) booster_save;
    __typeof__(&XGBoosterLoadModelFromBuffer) booster_load;
    __typeof__(&XGBoosterFeatureScore) booster_scores;
} sluice_xgboost;

// Fills the table; returns 0 if a function is missing. In C, because dlsym returns a data pointer, and C states each
// function's type once.
static inline int sluice_xgboost_load(void *library, sluice_xgboost *table) {
#define SLUICE_XGBOOST_FIND(field, name)                                                                              \
    if (!(table->field = (__typeof__(&name))dlsym(library, #name))) return 0
    SLUICE_XGBOOST_FIND(last_error, XGBGetLastError);
    SLUICE_XGBOOST_FIND(version, XGBoostVersion);
    SLUICE_XGBOOST_FIND(matrix_create, XGDMatrixCreateFromMat);
    SLUICE_XGBOOST_FIND(matrix_free, XGDMatrixFree);
    SLUICE_XGBOOST_FIND(booster_create, XGBoosterCreate);
    SLUICE_XGBOOST_FIND(booster_free, XGBoosterFree);
    SLUICE_XGBOOST_FIND(booster_set, XGBoosterSetParam);
    SLUICE_XGBOOST_FIND(booster_boost, XGBoosterBoostOneIter);
    SLUICE_XGBOOST_FIND(booster_predict, XGBoosterPredictFromDMatrix);
    SLUICE_XGBOOST_FIND(booster_rounds, XGBoosterBoostedRounds);
    SLUICE_XGBOOST_FIND(booster_features, XGBoosterGetNumFeature);
    SLUICE_XGBOOST_FIND(booster_slice, XGBoosterSlice);
    SLUICE_XGBOOST_FIND(booster_save, XGBoosterSaveModelToBuffer);
    SLUICE_XGBOOST_FIND(booster_load, XGBoosterLoadModelFromBuffer);
    SLUICE_XGBOOST_FIND(booster_scores, XGBoosterFeatureScore);
#undef SLUICE_XGBOOST_FIND
    return 1;
}
