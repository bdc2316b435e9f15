import { describeOnCloudBase } from './promises';

describeOnCloudBase('books');
