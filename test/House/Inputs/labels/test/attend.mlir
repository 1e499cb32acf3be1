// attend_c3
