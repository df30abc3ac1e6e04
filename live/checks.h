/*
 * checks.h: the functions of the catalogue, for registry.c.
 */
#ifndef LIVE_CHECKS_H
#define LIVE_CHECKS_H

#include "live/check.h"

bool check_a01(struct job *j, struct finding *f);
bool check_a02(struct job *j, struct finding *f);
bool check_a03(struct job *j, struct finding *f);
bool check_a04(struct job *j, struct finding *f);
bool check_a05(struct job *j, struct finding *f);
bool check_a06(struct job *j, struct finding *f);
bool check_a07(struct job *j, struct finding *f);
bool check_d01(struct job *j, struct finding *f);
bool check_d02(struct job *j, struct finding *f);
bool check_d03(struct job *j, struct finding *f);
bool check_d04(struct job *j, struct finding *f);
bool check_d05(struct job *j, struct finding *f);
bool check_r01(struct job *j, struct finding *f);
bool check_r02(struct job *j, struct finding *f);
bool check_r03(struct job *j, struct finding *f);
bool check_r04(struct job *j, struct finding *f);
bool check_r05(struct job *j, struct finding *f);
bool check_r06(struct job *j, struct finding *f);
bool check_r07(struct job *j, struct finding *f);
bool check_r08(struct job *j, struct finding *f);
bool check_r09(struct job *j, struct finding *f);
bool check_r10(struct job *j, struct finding *f);
bool check_r11(struct job *j, struct finding *f);
bool check_r12(struct job *j, struct finding *f);
bool check_r13(struct job *j, struct finding *f);
bool check_r14(struct job *j, struct finding *f);
bool check_r15(struct job *j, struct finding *f);
bool check_r16(struct job *j, struct finding *f);
bool check_r17(struct job *j, struct finding *f);
bool check_m01(struct job *j, struct finding *f);
bool check_m02(struct job *j, struct finding *f);
bool check_m03(struct job *j, struct finding *f);
bool check_m04(struct job *j, struct finding *f);
bool check_m05(struct job *j, struct finding *f);
bool check_m06(struct job *j, struct finding *f);
bool check_m07(struct job *j, struct finding *f);
bool check_m08(struct job *j, struct finding *f);
bool check_m09(struct job *j, struct finding *f);
bool check_m10(struct job *j, struct finding *f);
bool check_m11(struct job *j, struct finding *f);
bool check_m12(struct job *j, struct finding *f);
bool check_m13(struct job *j, struct finding *f);
bool check_m14(struct job *j, struct finding *f);
bool check_m15(struct job *j, struct finding *f);
bool check_s01(struct job *j, struct finding *f);
bool check_s02(struct job *j, struct finding *f);
bool check_s03(struct job *j, struct finding *f);
bool check_s04(struct job *j, struct finding *f);
bool check_s05(struct job *j, struct finding *f);
bool check_s06(struct job *j, struct finding *f);
bool check_s07(struct job *j, struct finding *f);
bool check_s08(struct job *j, struct finding *f);
bool check_s09(struct job *j, struct finding *f);
bool check_s10(struct job *j, struct finding *f);
bool check_s11(struct job *j, struct finding *f);
bool check_s12(struct job *j, struct finding *f);
bool check_s13(struct job *j, struct finding *f);
bool check_s14(struct job *j, struct finding *f);
bool check_s15(struct job *j, struct finding *f);
bool check_s16(struct job *j, struct finding *f);

#endif
